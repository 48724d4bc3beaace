import { isDeepStrictEqual } from "node:util";
import type { StoredConfiguration, WebhookCluster } from "./cluster.ts";
import { idOf } from "./steps.ts";
import { PROBE } from "../webhooks/probe.ts";
import type { ConfigurationId, WebhookConfiguration } from "../webhooks/configuration.ts";
import { differenceOf } from "../webhooks/configuration-difference.ts";

/** What one run has done to one configuration. */
interface Written {
  readonly id: ConfigurationId;
  /** What there was before this run wrote, or wrote over somebody else's work. */
  readonly earlier: StoredConfiguration | undefined;
  /** All that this run has tried to write: after an error nobody knows which of them is stored. */
  readonly configurations: Set<WebhookConfiguration>;
  /** What was stored in between, where entries had to be taken out before one of these was applied. */
  readonly between: StoredConfiguration[];
}

/** By name; made for one run of `installWebhooks`, in the order in which it began to write them. */
export type WrittenConfigurations = Map<string, Written>;

/**
 * Applies a configuration and remembers what was there: not when the run began, but before it wrote. If somebody else has
 * installed since, all of what is there by now is what would have to come back.
 */
export async function write(
  configuration: WebhookConfiguration,
  written: WrittenConfigurations,
  cluster: WebhookCluster,
): Promise<void> {
  const id = idOf(configuration);
  const known = written.get(nameOf(id));
  if (known !== undefined && (await stateOf(known, cluster)) === "others") {
    for (const [name, each] of written) written.set(name, await begun(each.id, cluster));
  }
  const record = written.get(nameOf(id)) ?? (await begun(id, cluster));
  written.set(nameOf(id), record);
  record.configurations.add(configuration);
  await cluster.apply(configuration, {
    dryRun: false,
    force: false,
    tookOut: (stored) => record.between.push(stored),
  });
}

async function begun(id: ConfigurationId, cluster: WebhookCluster): Promise<Written> {
  // A probe that is there was left behind, and nobody wants it back.
  const earlier = id.name === PROBE.name ? undefined : await cluster.read(id);
  return { id, earlier, configurations: new Set(), between: [] };
}

export async function remove(
  configuration: WebhookConfiguration,
  written: WrittenConfigurations,
  cluster: WebhookCluster,
): Promise<void> {
  await cluster.remove(idOf(configuration));
  written.delete(nameOf(idOf(configuration)));
}

interface RollbackSurroundings {
  readonly cluster: WebhookCluster;
  readonly say: (message: string) => void;
}

/**
 * Brings back what this run has changed, the newest first. If anything is not as this run left it, another run is at
 * work or through, and everything stays: half of what it installed would be worse. Never throws: what cannot be
 * restored is told.
 */
export async function rollBack(
  written: WrittenConfigurations,
  { cluster, say }: RollbackSurroundings,
): Promise<void> {
  const newestFirst = [...written.values()].toReversed();
  try {
    const states = await Promise.all(newestFirst.map((each) => stateOf(each, cluster)));
    const others = newestFirst.filter((_, index) => states[index] === "others");
    if (others.length > 0) {
      const names = others.map(({ id }) => `the ${nameOf(id)}`).join(" and ");
      say(`not rolled back: somebody else has changed ${names} since, so everything stays as it is now`);
      return;
    }
    for (const each of newestFirst.filter((_, index) => states[index] === "ours")) {
      await restore(each, { cluster, say });
    }
  } catch (error) {
    for (const { id } of newestFirst) notRestored(id, error, say);
  }
}

/** Whose work is stored now: `earlier` if this run has nothing to undo. */
async function stateOf(
  { id, earlier, configurations, between }: Written,
  cluster: WebhookCluster,
): Promise<"earlier" | "ours" | "others"> {
  const now = await cluster.read(id);
  if (isDeepStrictEqual(now, earlier)) return "earlier";
  if (now === undefined) return "others";
  const isOurs =
    [...configurations].some((configuration) => differenceOf(configuration, now) === undefined) ||
    between.some((each) => isDeepStrictEqual(now, each));
  return isOurs ? "ours" : "others";
}

async function restore({ id, earlier }: Written, { cluster, say }: RollbackSurroundings): Promise<void> {
  try {
    if (earlier === undefined) await cluster.remove(id);
    else await cluster.apply(earlier, { dryRun: false, force: true });
    say(`rolled back: the ${nameOf(id)} is ${earlier === undefined ? "not there" : "what it was"}`);
  } catch (error) {
    notRestored(id, error, say);
  }
}

function notRestored(id: ConfigurationId, error: unknown, say: RollbackSurroundings["say"]): void {
  const why = error instanceof Error ? error.message : String(error);
  say(`the ${nameOf(id)} could not be rolled back: ${why} Delete it with kubectl, or run the command again.`);
}

function nameOf({ kind, name }: ConfigurationId): string {
  return `${kind} ${name}`;
}
