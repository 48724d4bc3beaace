import { setTimeout as delay } from "node:timers/promises";
import { CertificateKeeper, certificateSecret } from "../../../certificates/certificate-keeper.ts";
import type { SendRequest } from "../../../cluster/api/request.ts";
import { installedStore, type InstalledStore } from "../../../cluster/leader/store.ts";
import { recordOf } from "../../../cluster/install/record.ts";
import { caBundlesOf, isKept } from "../../../cluster/leader/wanted.ts";
import {
  readInstalled,
  WebhookKeeper,
  type Deciding,
  type InstalledWebhooks,
} from "../../../cluster/leader/keep-webhooks.ts";
import { MUTATING, VALIDATING } from "../../../cluster/webhooks/webhooks.ts";
import { PortcullisError } from "../../../error.ts";
import type { ApiConnection } from "../../api-connection.ts";
import type { LeaderFailures } from "./failures.ts";
import type { LeadingTelemetry } from "./telemetry.ts";
import type { ServeOptions } from "../options.ts";
import type { Bell } from "./bell.ts";
import { untrusted } from "./untrusted.ts";

export interface TermSurroundings {
  readonly options: Pick<ServeOptions, "manageCertificates" | "keepWebhooks" | "service">;
  readonly api: Pick<ApiConnection, "send" | "clock">;
  readonly telemetry: LeadingTelemetry;
  readonly failures: LeaderFailures;
  /** What decides; undefined until the server is ready. */
  readonly deciding: () => Deciding | undefined;
  /** Rings when there is something to look at. */
  readonly bell: Bell;
  /** Milliseconds since some moment; never goes back and never jumps. */
  readonly now: () => number;
}

/** Milliseconds between two looks at everything; between two at least, whatever rings; and after failures at most. */
const INTERVAL = 10_000;
const FASTEST = 1_000;
const SLOWEST = 30_000;

/**
 * Milliseconds of a term in which nothing decides here, and so nobody knows what the webhooks should be: then another replica
 * is to lead, which may know. Loading takes less, unless something cannot be loaded.
 */
const UNDECIDED = 60_000;

/** Keeps certificates and webhooks until the term is over, or given up for another replica. Never rejects. */
export async function leadFor(term: AbortSignal, surroundings: TermSurroundings): Promise<void> {
  const { telemetry, failures, bell } = surroundings;
  telemetry.leads(true);
  const leader = new Leader(term, surroundings);
  for (let failed = 0; !term.aborted;) {
    const { within, hasFailed } = await leader.step();
    if (leader.isIdle) break;
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
  readonly #since: number;
  #caBundle: string | undefined;
  #isIdle = false;

  constructor(term: AbortSignal, surroundings: TermSurroundings) {
    this.#term = term;
    this.#surroundings = surroundings;
    const { options, api, telemetry, now } = surroundings;
    this.#since = now();
    const { service } = options;
    const send: SendRequest = (request) => api.send({ ...request, signal: term });
    this.#store = installedStore(send);
    const clock = { date: () => api.clock.now(), monotonic: now };
    const { damaged, stepped, corrected, kept } = telemetry;
    this.#certificates = options.manageCertificates
      ? new CertificateKeeper({ send, service, clock, damaged, stepped })
      : undefined;
    this.#webhooks = options.keepWebhooks
      ? new WebhookKeeper({ store: this.#store, service, now, corrected, kept })
      : undefined;
  }

  /** Whether webhooks are left alone that another replica might keep. */
  get isIdle(): boolean {
    return this.#isIdle;
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
    const { service, keepWebhooks } = options;
    const kept = keepWebhooks ? installed.filter((configuration) => isKept(configuration, service)) : [];
    const { caBundle, overdue } = await this.#certificates.step(
      caBundlesOf(installed, service),
      caBundlesOf(kept, service),
    );
    this.#caBundle = caBundle;
    telemetry.trusted(caBundle);
    if (overdue !== undefined)
      throw untrusted(overdue, { secret: certificateSecret(service), installed, service });
    return INTERVAL;
  }

  async #keepWebhooks(installed: InstalledWebhooks): Promise<number> {
    if (this.#webhooks === undefined) return SLOWEST;
    const deciding = this.#surroundings.deciding();
    if (this.#term.aborted) return INTERVAL;
    if (deciding === undefined) return this.#awaitDeciding(installed);
    return (await this.#webhooks.keep(installed, deciding, this.#caBundle)) ?? INTERVAL;
  }

  /** A first installation comes from a command, which nothing is in the way of; what is not kept needs no leader. */
  #awaitDeciding(installed: InstalledWebhooks): number {
    const { now, options } = this.#surroundings;
    const isNeeded = installed.some((configuration) => isKept(configuration, options.service));
    if (now() - this.#since < UNDECIDED || !isNeeded) return INTERVAL;
    this.#isIdle = true;
    throw new PortcullisError("NOT_READY", {
      message:
        "This replica leads, and has loaded no policies for a minute, so that it cannot keep the webhooks; another replica may lead now.",
      remedy:
        "Look for what its log says of policies, bindings or the cluster that could not be loaded or followed, and mend that.",
    });
  }
}
