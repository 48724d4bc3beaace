import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { CertificateKeeper } from "../../../certificates/certificate-keeper.ts";
import type { SendRequest } from "../../../cluster/api/request.ts";
import { installedStore, type InstalledStore } from "../../../cluster/leader/store.ts";
import { recordOf } from "../../../cluster/install/record.ts";
import { caBundlesOf } from "../../../cluster/leader/wanted.ts";
import {
  readInstalled,
  WebhookKeeper,
  type Deciding,
  type InstalledWebhooks,
} from "../../../cluster/leader/keep-webhooks.ts";
import { MUTATING, VALIDATING } from "../../../cluster/webhooks/webhooks.ts";
import type { ApiConnection } from "../../api-connection.ts";
import type { LeaderFailures } from "./failures.ts";
import type { LeadingTelemetry } from "./telemetry.ts";
import type { ServeOptions } from "../options.ts";
import type { Bell } from "./bell.ts";

export interface TermSurroundings {
  readonly options: Pick<ServeOptions, "manageCertificates" | "keepWebhooks" | "service">;
  readonly api: Pick<ApiConnection, "send" | "clock">;
  readonly telemetry: LeadingTelemetry;
  readonly failures: LeaderFailures;
  /** What decides; undefined until the server is ready. */
  readonly deciding: () => Deciding | undefined;
  /** Rings when there is something to look at. */
  readonly bell: Bell;
}

/** Milliseconds between two looks at everything; between two at least, whatever rings; and after failures at most. */
const INTERVAL = 10_000;
const FASTEST = 1_000;
const SLOWEST = 30_000;

/** Keeps certificates and webhooks until the term is over. Never rejects. */
export async function leadFor(term: AbortSignal, surroundings: TermSurroundings): Promise<void> {
  const { telemetry, failures, bell } = surroundings;
  telemetry.leads(true);
  const leader = new Leader(term, surroundings);
  for (let failed = 0; !term.aborted;) {
    const { within, hasFailed } = await leader.step();
    failed = hasFailed ? failed + 1 : 0;
    await delay(FASTEST, undefined, { signal: term }).catch(() => undefined);
    await bell.rings(restAfter(failed, within), term);
  }
  failures.givenUp("certificates", "webhooks");
  telemetry.leads(false);
}

/**
 * Milliseconds in which only the bell ends the wait for the next look, after `FASTEST` of them. `failed`: looks in a row in
 * which something has failed; `within`: the milliseconds in which what has not failed wants the next one.
 */
export function restAfter(failed: number, within: number): number {
  const backOff = failed === 0 ? Infinity : FASTEST * 2 ** (failed - 1);
  return Math.max(0, Math.min(backOff, within) - FASTEST);
}

/** What a look at everything came to. */
interface Looked {
  readonly hasFailed: boolean;
  /** Milliseconds in which there may be more to do for what has not failed. */
  readonly within: number;
}

/** One term; what it has seen and done is forgotten with it. */
class Leader {
  readonly #term: AbortSignal;
  readonly #surroundings: TermSurroundings;
  readonly #store: InstalledStore;
  readonly #certificates: CertificateKeeper | undefined;
  readonly #webhooks: WebhookKeeper | undefined;
  #caBundle: string | undefined;

  constructor(term: AbortSignal, surroundings: TermSurroundings) {
    this.#term = term;
    this.#surroundings = surroundings;
    const { options, api, telemetry } = surroundings;
    const { service } = options;
    const send: SendRequest = (request) => api.send({ ...request, signal: term });
    this.#store = installedStore(send);
    const clock = { date: () => api.clock.now(), monotonic: () => performance.now() };
    const { damaged, stepped, corrected, kept } = telemetry;
    this.#certificates = options.manageCertificates
      ? new CertificateKeeper({ send, service, clock, damaged, stepped })
      : undefined;
    this.#webhooks = options.keepWebhooks
      ? new WebhookKeeper({ store: this.#store, service, now: () => performance.now(), corrected, kept })
      : undefined;
  }

  /** Never rejects. */
  async step(): Promise<Looked> {
    const { failures } = this.#surroundings;
    try {
      const installed = await readInstalled(this.#store);
      this.#tell(installed);
      // One that fails does not keep the other from its work.
      const certificates = await this.#attempt("certificates", () => this.#keepCertificates(installed));
      const webhooks = await this.#attempt("webhooks", () => this.#keepWebhooks(installed));
      const within = [certificates, webhooks].filter((wait) => wait !== "failed");
      return { hasFailed: within.length < 2, within: Math.min(...within, SLOWEST) };
    } catch (error) {
      // Without knowing what callers trust no certificate can be renewed safely.
      if (!this.#term.aborted) failures.failed("webhooks", error);
      return { hasFailed: true, within: SLOWEST };
    }
  }

  #tell(installed: InstalledWebhooks): void {
    const { telemetry } = this.#surroundings;
    const kinds = [VALIDATING.kind, MUTATING.kind];
    telemetry.installed(
      kinds,
      installed.map(({ id }) => id.kind),
    );
    const validating = installed.find(({ id }) => id.kind === VALIDATING.kind);
    const record = validating === undefined ? undefined : recordOf(validating);
    telemetry.underIgnore(record?.isUnderIgnore);
  }

  async #attempt(task: "certificates" | "webhooks", act: () => Promise<number>): Promise<number | "failed"> {
    const { failures } = this.#surroundings;
    try {
      const wait = await act();
      failures.succeeded(task);
      return wait;
    } catch (error) {
      if (!this.#term.aborted) failures.failed(task, error);
      return "failed";
    }
  }

  async #keepCertificates(installed: InstalledWebhooks): Promise<number> {
    if (this.#certificates === undefined) return SLOWEST;
    const { options, telemetry } = this.#surroundings;
    const { caBundle } = await this.#certificates.step(caBundlesOf(installed, options.service));
    this.#caBundle = caBundle;
    telemetry.trusted(caBundle);
    return INTERVAL;
  }

  async #keepWebhooks(installed: InstalledWebhooks): Promise<number> {
    if (this.#webhooks === undefined) return SLOWEST;
    const deciding = this.#surroundings.deciding();
    if (deciding === undefined || this.#term.aborted) return INTERVAL;
    return (await this.#webhooks.keep(installed, deciding, this.#caBundle)) ?? INTERVAL;
  }
}
