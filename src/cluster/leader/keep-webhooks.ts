import { isDeepStrictEqual } from "node:util";
import type { Snapshot } from "../../admission/snapshot.ts";
import type { InstalledConfiguration, InstalledStore, Written } from "./store.ts";
import { recordOf, type InstallationRecord } from "../install/record.ts";
import {
  deviation,
  isHere,
  isOwn,
  managerOf,
  wantedOf,
  type Deviation,
  type Wanting,
  type WebhookService,
} from "./wanted.ts";
import type { ConfigurationId, WebhookConfiguration, WebhookKind } from "../webhooks/configuration.ts";
import { checkNotEmpty, MUTATING, VALIDATING, webhookConfigurations } from "../webhooks/webhooks.ts";

/** The configurations that are there; who was never installed, or was deleted, is missing. */
export type InstalledWebhooks = readonly InstalledConfiguration[];

export async function readInstalled(store: InstalledStore): Promise<InstalledWebhooks> {
  // One after the other, so that the same failure is told each time.
  const validating = await store.read(VALIDATING);
  const mutating = await store.read(MUTATING);
  return [validating, mutating].filter((configuration) => configuration !== undefined);
}

/**
 * Why a configuration is not kept: there is none, somebody else has installed it, nobody knows for which server it was
 * installed, or it was for another one.
 */
export type Unkept = "missing" | "foreign" | "unrecorded" | "elsewhere";

/** One that was put right. */
export interface Correction {
  readonly id: ConfigurationId;
  /** The first that was found. */
  readonly difference: Deviation;
  /** Everything in it is under Ignore, because it was installed so. */
  readonly isUnderIgnore: boolean;
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
  /** Called at first and when that has changed; without a reason it is kept. */
  readonly kept: (id: ConfigurationId, why: Unkept | undefined) => void;
}

/** What decides at this moment. */
export interface Deciding {
  readonly snapshot: Pick<Snapshot, "policies" | "exclusions">;
  /** The bundle's file, for errors. */
  readonly file: string;
}

/** Milliseconds between two writes of one configuration: who fights with somebody else does not harm the API server. */
export const WRITE_INTERVAL = 5_000;

/** What a leader knows of one configuration, for as long as that is there. */
interface Known {
  readonly uid: string;
  /** As Portcullis has written it last. */
  readonly record: InstallationRecord;
  /** What it was right by, if it has been seen right. */
  readonly right: Wanting | undefined;
}

/**
 * Keeps the installed configurations as the policies want them, for one term of a leader: it knows how it saw them last,
 * and so what somebody else has changed. It never makes one: to delete them always frees a cluster, for good.
 */
export class WebhookKeeper {
  readonly #options: WebhookKeeperOptions;
  readonly #known = new Map<WebhookKind, Known>();
  readonly #writes = new Map<WebhookKind, number>();
  readonly #told = new Map<WebhookKind, Unkept | undefined>();

  constructor(options: WebhookKeeperOptions) {
    this.#options = options;
  }

  /**
   * Puts right what was read just now. Gives in how many milliseconds it wants to go on, or undefined. Throws
   * WEBHOOKS_EMPTY, CLUSTER_UNREACHABLE, CLUSTER_FORBIDDEN and CLUSTER_REFUSED.
   */
  async keep(
    installed: InstalledWebhooks,
    deciding: Deciding,
    caBundle: string | undefined,
  ): Promise<number | undefined> {
    for (const id of [VALIDATING, MUTATING]) {
      this.#look(
        id,
        installed.find((each) => each.id.kind === id.kind),
      );
    }
    const own = installed.filter(isOwn);
    const waits: number[] = [];
    const errors: unknown[] = [];
    for (const configuration of own) {
      // One that cannot be kept does not keep the other from being so.
      try {
        const wait = await this.#keepOne(configuration, own, { deciding, caBundle });
        if (wait !== undefined) waits.push(wait);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  async #keepOne(
    configuration: InstalledConfiguration,
    installed: InstalledWebhooks,
    { deciding, caBundle }: { readonly deciding: Deciding; readonly caBundle: string | undefined },
  ): Promise<number | undefined> {
    const { snapshot, file } = deciding;
    const known = this.#known.get(configuration.id.kind);
    if (known === undefined || !isHere(known.record.server, this.#options.service)) return undefined;
    const generated = webhookConfigurations(snapshot, known.record.server);
    checkNotEmpty(generated, { policies: snapshot.policies.length, file });
    const wanting = { generated, record: known.record, caBundle };
    return this.#putRight(configuration, installed, { known, wanting });
  }

  #look(id: ConfigurationId, now: InstalledConfiguration | undefined): void {
    const { kind } = id;
    const known = knownOf(now, this.#known.get(kind));
    if (known === undefined) this.#known.delete(kind);
    else this.#known.set(kind, known);
    const why = unkeptBecause(now, known?.record, this.#options.service);
    if (!this.#told.has(kind) || this.#told.get(kind) !== why) this.#options.kept(id, why);
    this.#told.set(kind, why);
  }

  async #putRight(
    configuration: InstalledConfiguration,
    installed: InstalledWebhooks,
    { known, wanting }: { readonly known: Known; readonly wanting: Wanting },
  ): Promise<number | undefined> {
    const { kind } = configuration.id;
    const wanted = wantedOf(configuration, installed, wanting);
    const difference = deviation(wanted, configuration);
    if (difference === undefined) {
      this.#known.set(kind, { ...known, right: wanting });
      return undefined;
    }
    const { now, corrected } = this.#options;
    const wait = (this.#writes.get(kind) ?? -Infinity) + WRITE_INTERVAL - now();
    if (wait > 0) return wait;
    const before = known.right && wantedOf(configuration, installed, known.right);
    const change = changeByOthers(difference, before, configuration);
    const end = await write(wanted, configuration, this.#options.store);
    // What has failed is tried again as its caller waits after failures: to wait here would count as success.
    this.#writes.set(kind, now());
    if (end === "outdated") return WRITE_INTERVAL;
    this.#known.set(kind, { ...known, right: wanting });
    corrected({
      id: configuration.id,
      difference: change ?? difference,
      isUnderIgnore: known.record.isUnderIgnore && kind === VALIDATING.kind,
      byOthers: change !== undefined,
      manager: change === undefined ? undefined : managerOf(change, configuration),
    });
    return undefined;
  }
}

/** Undefined if the policies may want something else now, which only changes entries. */
function changeByOthers(
  difference: Deviation,
  before: WebhookConfiguration | undefined,
  configuration: InstalledConfiguration,
): Deviation | undefined {
  if (difference.entry === undefined) return difference;
  return before && deviation(before, configuration);
}

/** A record that Portcullis has written counts at once; where it is lost, that of the same object is remembered. */
function knownOf(now: InstalledConfiguration | undefined, before: Known | undefined): Known | undefined {
  if (now === undefined) return undefined;
  const same = before?.uid === now.uid ? before : undefined;
  const record = recordOf(now);
  if (record === undefined || isDeepStrictEqual(same?.record, record)) return same;
  return { uid: now.uid, record, right: undefined };
}

function unkeptBecause(
  configuration: InstalledConfiguration | undefined,
  record: InstallationRecord | undefined,
  service: WebhookService,
): Unkept | undefined {
  if (configuration === undefined) return "missing";
  if (!isOwn(configuration)) return "foreign";
  if (record === undefined) return "unrecorded";
  return isHere(record.server, service) ? undefined : "elsewhere";
}

/** What others have added is left by server-side apply, and then taken out. Throws what the API server takes in no way. */
async function write(
  wanted: WebhookConfiguration,
  configuration: InstalledConfiguration,
  store: InstalledStore,
): Promise<"stored" | "outdated"> {
  const first = await store.apply(wanted, configuration);
  // e.g. a `url` that somebody has set beside the Service: only without it can the fields be applied.
  const applied = first.kind === "invalid" ? await reapply(wanted, configuration, store) : first;
  if (applied.kind !== "stored") return refusal(applied);
  if (deviation(wanted, applied.configuration) === undefined) return "stored";
  const replaced = await store.replace(wanted, applied.configuration);
  return replaced.kind === "stored" ? "stored" : refusal(replaced);
}

function refusal(written: Exclude<Written, { readonly kind: "stored" }>): "outdated" {
  if (written.kind === "invalid") throw written.error;
  return "outdated";
}

async function reapply(
  wanted: WebhookConfiguration,
  configuration: InstalledConfiguration,
  store: InstalledStore,
): Promise<Written> {
  const replaced = await store.replace(wanted, configuration);
  return replaced.kind === "stored" ? store.apply(wanted, replaced.configuration) : replaced;
}
