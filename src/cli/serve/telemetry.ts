import { performance } from "node:perf_hooks";
import { FOLLOWED_RESOURCES, type FollowedName } from "../../cluster/follow/watched-resource.ts";
import type { PortcullisError } from "../../error.ts";
import { REJECTIONS } from "../../server/status.ts";
import { eventLog } from "../../telemetry/event-log.ts";
import { createMetrics, type Metrics, type MetricsOptions } from "../../telemetry/metrics.ts";
import { createRecorder, type Recorder } from "../../telemetry/recorder.ts";
import { rejectionLog } from "../../telemetry/rejection-log.ts";
import { REPLACEMENT_REASONS, type ReplacementReason } from "../../workers/pool.ts";
import type { ProcessSurroundings } from "../surroundings.ts";
import { Told } from "./told.ts";
import { triedAgain } from "./tried-again.ts";

/** As many reasons as a reader follows up before the next attempt. */
const MAX_REASONS = 20;
/** As many notes of 256 bytes as fit a line of the log. */
const MAX_NOTES = 40;

const LABEL_VALUES = {
  rejections: REJECTIONS,
  replacements: REPLACEMENT_REASONS,
  watched: FOLLOWED_RESOURCES,
} as const;

/** Everything that the server counts and logs. */
export interface Telemetry extends Recorder {
  readonly metrics: Metrics;
  readonly rejected: (error: PortcullisError) => void;
  readonly replaced: (reason: ReplacementReason, why: string) => void;
  /** `notes`: what a person should know of what decides now. */
  readonly reloaded: (revision: string, notes: readonly string[]) => void;
  /** What the server follows of its cluster could not be followed; it is tried again. */
  readonly clusterFailed: (resource: FollowedName, error: PortcullisError) => void;
  /** Another certificate is served from now on. */
  readonly certificateReloaded: (notAfter: Date) => void;
  /** Clients of other authorities are trusted from now on. */
  readonly clientCaReloaded: (notAfter: Date) => void;
  /**
   * A changed certificate, the server's or of authorities of clients, cannot be used; the one before it still is. `isNews`:
   * the log is to be told.
   */
  readonly certificateRefused: (error: PortcullisError, isNews: boolean) => void;
  readonly reloadFailed: (errors: readonly PortcullisError[]) => void;
}

export function startTelemetry(
  { stdout }: Pick<ProcessSurroundings, "stdout">,
  load: MetricsOptions["load"],
): Telemetry {
  const metrics = createMetrics({ ...LABEL_VALUES, load });
  const logRejection = rejectionLog(stdout, () => performance.now());
  const events = eventLog(stdout);
  const isTold = tellingOfWatches();
  return {
    metrics,
    record: createRecorder(metrics, stdout).record,
    rejected: (error) => {
      metrics.rejected(error.code);
      logRejection(error);
    },
    replaced: (reason, why) => {
      metrics.replaced(reason);
      events.workerReplaced(reason, why);
    },
    reloaded: (revision, notes) => {
      metrics.reloaded("success");
      events.reloaded(revision, notes.slice(0, MAX_NOTES));
    },
    clusterFailed: (resource, error) => {
      metrics.clusterFailed(resource);
      const told = triedAgain(error);
      if (isTold(resource, told)) events.clusterFailed(resource, told);
    },
    certificateReloaded: (notAfter) => {
      metrics.certificateReloaded("success");
      metrics.certificateServed(notAfter);
      events.certificateReloaded(notAfter);
    },
    clientCaReloaded: (notAfter) => {
      metrics.clientCaReloaded(notAfter);
      events.clientCaReloaded(notAfter);
    },
    certificateRefused: (error, isNews) => {
      metrics.certificateReloaded("failure");
      if (isNews) events.certificateRefused(error);
    },
    reloadFailed: (errors) => {
      metrics.reloaded("failure");
      for (const error of errors.slice(0, MAX_REASONS)) events.reloadFailed(error);
    },
  };
}

/**
 * Whether the log is to be told of an attempt that failed: there is another every few seconds, for hours if need be, and
 * lists and watches say the same in other words.
 */
function tellingOfWatches(): (resource: FollowedName, error: PortcullisError) => boolean {
  const told = new Map(FOLLOWED_RESOURCES.map((resource) => [resource, new Told(() => performance.now())]));
  return (resource, { code }) => told.get(resource)?.lasts(code) ?? true;
}
