import type { Snapshot } from "../admission/snapshot.ts";
import type { InstalledConfiguration, InstalledStore, Written } from "./keep-webhooks-store.ts";
import {
  deviation,
  isOwn,
  managerOf,
  serverOf,
  wantedOf,
  type Wanting,
  type WebhookService,
} from "./keep-webhooks-wanted.ts";
import type {
  ConfigurationId,
  WebhookConfiguration,
  WebhookKind,
  WebhookServer,
} from "./webhook-configuration.ts";
import type { Difference } from "./webhook-configuration-difference.ts";
import { checkNotEmpty, MUTATING, VALIDATING, webhookConfigurations } from "./webhooks.ts";

/** The configurations that are there; who was never installed, or was deleted, is missing. */
export type InstalledWebhooks = readonly InstalledConfiguration[];

export async function readInstalled(store: InstalledStore): Promise<InstalledWebhooks> {
  // One after the other, so that the same failure is told each time.
  const validating = await store.read(VALIDATING);
  const mutating = await store.read(MUTATING);
  return [validating, mutating].filter((configuration) => configuration !== undefined);
}

/** Why a configuration is not kept: there is none, somebody else has installed it, or it leads to another server. */
export type Unkept = "missing" | "foreign" | "elsewhere";

/** One that was put right. */
export interface Correction {
  readonly id: ConfigurationId;
  /** The first that was found. */
  readonly difference: Difference;
  /** Whether somebody has changed what this leader had seen right; else the policies want something else now. */
  readonly byOthers: boolean;
  /** Who that was, if the API server knows. */
  readonly manager: string | undefined;
}

export interface WebhookKeeperOptions {
  readonly store: InstalledStore;
  readonly service: WebhookService;
  /** Milliseconds since some moment; never goes back and never jumps. */
  readonly now: () => number;
  readonly corrected: (correction: Correction) => void;
  /** Called once, until the reason is another. */
  readonly unkept: (id: ConfigurationId, why: Unkept) => void;
}

/** What decides at this moment. */
export interface Deciding {
  readonly snapshot: Pick<Snapshot, "policies" | "exclusions">;
  /** The bundle's file, for errors. */
  readonly file: string;
}

/** Milliseconds between two writes of one configuration: who fights with somebody else does not harm the API server. */
export const WRITE_INTERVAL = 5_000;

/**
 * Keeps the installed configurations as the policies want them, for one term of a leader: it knows how it saw them last,
 * and so what somebody else has changed. It never makes one: to delete them always frees a cluster, for good.
 */
export class WebhookKeeper {
  readonly #options: WebhookKeeperOptions;
  readonly #last = new Map<WebhookKind, Wanting>();
  readonly #writes = new Map<WebhookKind, number>();
  readonly #unkept = new Map<WebhookKind, Unkept>();
  #server: WebhookServer | undefined;

  constructor(options: WebhookKeeperOptions) {
    this.#options = options;
  }

  /**
   * Puts right what was read just now. Gives in how many milliseconds it wants to go on, or undefined. Throws
   * WEBHOOKS_EMPTY, CLUSTER_UNREACHABLE, CLUSTER_FORBIDDEN and CLUSTER_REFUSED; nothing is written then.
   */
  async keep(
    installed: InstalledWebhooks,
    { snapshot, file }: Deciding,
    caBundle: string | undefined,
  ): Promise<number | undefined> {
    const own = installed.filter(isOwn);
    // Once known, another server in the entries is somebody's change like any other.
    this.#server ??= own.length === 0 ? undefined : serverOf(own, this.#options.service);
    this.#tell(installed);
    if (this.#server === undefined) return undefined;
    const generated = webhookConfigurations(snapshot, this.#server);
    checkNotEmpty(generated, { policies: snapshot.policies.length, file });
    const wanting = { generated, server: this.#server, caBundle };
    const waits: number[] = [];
    for (const configuration of own) {
      const wait = await this.#putRight(configuration, own, wanting);
      if (wait !== undefined) waits.push(wait);
    }
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  #tell(installed: InstalledWebhooks): void {
    for (const id of [VALIDATING, MUTATING]) {
      const why = unkeptBecause(
        installed.find((each) => each.id.kind === id.kind),
        this.#server,
      );
      if (why !== undefined && why !== this.#unkept.get(id.kind)) this.#options.unkept(id, why);
      if (why === undefined) this.#unkept.delete(id.kind);
      else this.#unkept.set(id.kind, why);
    }
  }

  async #putRight(
    configuration: InstalledConfiguration,
    installed: InstalledWebhooks,
    wanting: Wanting,
  ): Promise<number | undefined> {
    const { kind } = configuration.id;
    const wanted = wantedOf(configuration, installed, wanting);
    const difference = deviation(wanted, configuration);
    if (difference === undefined) {
      this.#last.set(kind, wanting);
      return undefined;
    }
    const { now, corrected } = this.#options;
    const wait = (this.#writes.get(kind) ?? -Infinity) + WRITE_INTERVAL - now();
    if (wait > 0) return wait;
    this.#writes.set(kind, now());
    const correction = this.#correction(configuration, installed, difference);
    if ((await write(wanted, configuration, this.#options.store)) === "outdated") return WRITE_INTERVAL;
    this.#last.set(kind, wanting);
    corrected(correction);
    return undefined;
  }

  #correction(
    configuration: InstalledConfiguration,
    installed: InstalledWebhooks,
    difference: Difference,
  ): Correction {
    const { id } = configuration;
    const last = this.#last.get(id.kind);
    const change =
      last === undefined ? undefined : deviation(wantedOf(configuration, installed, last), configuration);
    return {
      id,
      difference: change ?? difference,
      byOthers: change !== undefined,
      manager: change === undefined ? undefined : managerOf(change, configuration),
    };
  }
}

function unkeptBecause(
  configuration: InstalledConfiguration | undefined,
  server: WebhookServer | undefined,
): Unkept | undefined {
  if (configuration === undefined) return "missing";
  if (!isOwn(configuration)) return "foreign";
  return server === undefined ? "elsewhere" : undefined;
}

/** What others have added is left by server-side apply, and then taken out. */
async function write(
  wanted: WebhookConfiguration,
  configuration: InstalledConfiguration,
  store: InstalledStore,
): Promise<"stored" | "outdated"> {
  const first = await store.apply(wanted, configuration);
  // e.g. a `url` that somebody has set beside the Service: only without it can the fields be applied.
  const applied = first.kind === "invalid" ? await reapply(wanted, configuration, store) : first;
  if (applied.kind !== "stored") return "outdated";
  if (deviation(wanted, applied.configuration) === undefined) return "stored";
  const { kind } = await store.replace(wanted, applied.configuration);
  return kind === "stored" ? "stored" : "outdated";
}

async function reapply(
  wanted: WebhookConfiguration,
  configuration: InstalledConfiguration,
  store: InstalledStore,
): Promise<Written> {
  const replaced = await store.replace(wanted, configuration);
  return replaced.kind === "stored" ? store.apply(wanted, replaced.configuration) : replaced;
}
