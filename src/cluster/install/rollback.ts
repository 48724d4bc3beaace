import { isDeepStrictEqual } from "node:util";
import type { StoredConfiguration, WebhookCluster } from "./cluster.ts";
import { idOf } from "./steps.ts";
import { withTrustOf } from "./trust-of-now.ts";
import { PortcullisError } from "../../error.ts";
import { isJsonObject } from "../../policy/json.ts";
import { parseRecord, recordText } from "./record.ts";
import { hasProbe, PROBE } from "../webhooks/probe.ts";
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
  if (known !== undefined && (await isOfOthers(known, cluster))) {
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

async function isOfOthers(written: Written, cluster: WebhookCluster): Promise<boolean> {
  const now = await cluster.read(written.id);
  return stateOf(written, now, isUnderWay(written, now)) === "others";
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
    const now = await Promise.all(newestFirst.map(({ id }) => cluster.read(id)));
    const underWay = newestFirst.some((each, index) => isUnderWay(each, now[index]));
    const states = newestFirst.map((each, index) => stateOf(each, now[index], underWay));
    const others = newestFirst.filter((_, index) => states[index] === "others");
    if (others.length > 0) {
      const names = others.map(({ id }) => `the ${nameOf(id)}`).join(" and ");
      say(`not rolled back: somebody else has changed ${names} since, so everything stays as it is now`);
      if (now.some(isUnfinished)) say(UNFINISHED);
      return;
    }
    for (const [index, each] of newestFirst.entries())
      if (states[index] === "ours") await restore(each, now[index], { cluster, say });
    if (newestFirst.some(({ earlier }) => isUnfinished(earlier))) say(UNFINISHED);
  } catch (error) {
    for (const { id } of newestFirst) notRestored(id, error, say);
  }
}

const UNFINISHED =
  "nothing is enforced while Portcullis cannot answer: everything is under Ignore until this command has come to its end; run it again";

/** Whose work is stored now: `earlier` if this run has nothing to undo. */
function stateOf(
  { earlier, configurations, between }: Written,
  now: StoredConfiguration | undefined,
  underWay: boolean,
): "earlier" | "ours" | "others" {
  if (isDeepStrictEqual(now, earlier)) return "earlier";
  if (now === undefined) return "others";
  const isOurs =
    [...configurations].some((configuration) => differenceOf(configuration, now) === undefined) ||
    between.some((each) => isDeepStrictEqual(now, each)) ||
    (underWay && [...configurations].some((configuration) => recordText(configuration) === recordText(now)));
  return isOurs ? "ours" : "others";
}

/**
 * Whether an installation that is ours has not come to its end, by its record and its probe. A leader whose policies are
 * others goes by that record, and changes the entries of both configurations: that is no other's installation.
 */
function isUnderWay({ configurations }: Written, now: StoredConfiguration | undefined): boolean {
  if (now === undefined || !isUnfinished(now)) return false;
  return [...configurations].some((configuration) => recordText(configuration) === recordText(now));
}

function isUnfinished(now: StoredConfiguration | undefined): boolean {
  if (now === undefined) return false;
  const record = parseRecord(recordText(now) ?? "");
  return record?.isUnderIgnore === true && hasProbe(now.webhooks.filter(isJsonObject));
}

async function restore(
  { id, earlier, configurations }: Written,
  now: StoredConfiguration | undefined,
  { cluster, say }: RollbackSurroundings,
): Promise<void> {
  try {
    if (earlier === undefined) await cluster.remove(id);
    else await cluster.apply(withTrustOf(now, earlier, configurations), { dryRun: false, force: true });
    say(`rolled back: the ${nameOf(id)} is ${earlier === undefined ? "not there" : "what it was"}`);
  } catch (error) {
    if (error instanceof PortcullisError && error.code === "WEBHOOKS_CONFLICT")
      say(`not rolled back: somebody else has changed the ${nameOf(id)} since`);
    else notRestored(id, error, say);
  }
}

function notRestored(id: ConfigurationId, error: unknown, say: RollbackSurroundings["say"]): void {
  const why = error instanceof Error ? error.message : String(error);
  say(`the ${nameOf(id)} could not be rolled back: ${why} Delete it with kubectl, or run the command again.`);
}

function nameOf({ kind, name }: ConfigurationId): string {
  return `${kind} ${name}`;
}
