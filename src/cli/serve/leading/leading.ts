import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { Deciding } from "../../../cluster/leader/keep-webhooks.ts";
import type { Election } from "../../../cluster/leader/election.ts";
import type { Check } from "../../../server/operations.ts";
import type { ApiConnection } from "../../api-connection.ts";
import { Bell } from "./bell.ts";
import type { LeaderMetrics, LeaderMetricsOptions } from "../../../telemetry/leader-metrics.ts";
import type { ServeOptions } from "../options.ts";
import type { Output } from "../../surroundings.ts";
import { Told } from "../told.ts";

/** What a replica does for all of them while it is the leader. */
export interface Leading {
  readonly checks: readonly Check[];
  /** Something has changed that the leader has to look at. */
  readonly look: () => void;
  /** Lets another replica lead; settles when it can, or soon. */
  readonly stop: () => Promise<void>;
}

export interface LeadingSurroundings {
  /** Undefined if neither certificates nor webhooks are kept. */
  readonly api: ApiConnection | undefined;
  readonly stdout: Output;
  readonly metrics: { readonly leading: (options: LeaderMetricsOptions) => LeaderMetrics };
  /** What decides; undefined until the server is ready. */
  readonly deciding: () => Deciding | undefined;
}

const NOT_LEADING: Leading = { checks: [], look: () => undefined, stop: async () => undefined };

/** Milliseconds for the Lease to be released; then others wait until it runs out. */
const RELEASE_PATIENCE = 5_000;

/** Takes part in the election of a leader until it is stopped; without `--manage-certificates` and `--keep-webhooks` in none. */
export async function startLeading(
  options: Pick<ServeOptions, "manageCertificates" | "keepWebhooks" | "service">,
  { api, stdout, metrics, deciding }: LeadingSurroundings,
): Promise<Leading> {
  if (api === undefined) return NOT_LEADING;
  // The client's library is large, and a server beside no cluster does not need it.
  const [{ takePart }, { leaseStore }, { leadFor }, { leadingTelemetry }, { LeaderFailures }] =
    await Promise.all([
      import("../../../cluster/leader/election.ts"),
      import("../../../cluster/leader/lease.ts"),
      import("./term.ts"),
      import("./telemetry.ts"),
      import("./failures.ts"),
    ]);
  const skew = (): number | undefined => api.clock.skew();
  const telemetry = leadingTelemetry({ stdout, create: metrics.leading, skew, now });
  const failures = new LeaderFailures(telemetry, now);
  const bell = new Bell();
  const end = new AbortController();
  const checkClock = skewCheck(skew, telemetry.skewed);
  const asked: Election["asked"] = (error) => {
    checkClock();
    if (error === undefined) failures.succeeded("lease");
    else if (!end.signal.aborted) failures.failed("lease", error);
  };
  const ended = takePart(leaseStore(api.send, options.service), {
    // A container that starts again has its Pod's name again.
    identity: `${hostname()}_${randomUUID()}`,
    clock: { now, date: () => new Date(), sleep },
    lead: (term) => leadFor(term, { options, api, telemetry, failures, deciding, bell, now }),
    asked,
    signal: end.signal,
  });
  return {
    checks: [
      { name: "leader", isRemark: true, failure: () => failures.summary() },
      { name: "webhooks", isRemark: true, failure: telemetry.remark },
    ],
    look: () => bell.ring(),
    stop: async () => {
      end.abort();
      await Promise.race([ended, delay(RELEASE_PATIENCE, undefined, { ref: false })]);
    },
  };
}

function now(): number {
  return performance.now();
}

async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** Milliseconds by which clocks may differ before it is told; machines that are kept in time differ by far less. */
const TOLERATED_SKEW = 300_000;

/** Tells when the clocks do not agree any more, every hour, and when they agree again. */
function skewCheck(skew: () => number | undefined, tell: (milliseconds: number) => void): () => void {
  const told = new Told(now);
  return () => {
    const milliseconds = skew();
    if (milliseconds === undefined) return;
    if (Math.abs(milliseconds) <= TOLERATED_SKEW) {
      if (told.ends()) tell(0);
    } else if (told.lasts("skewed")) tell(milliseconds);
  };
}
