import { isIP } from "node:net";
import { isJsonObject, objectMember, stringMember, type JsonObject } from "../../policy/json.ts";
import {
  incomplete,
  isLabelled,
  notDone,
  ObjectList,
  readObject,
  removeObject,
  uidOf,
  type ObjectAt,
  type Removal,
} from "./removal.ts";
import { OWN_CONFIGURATIONS, REMOVAL_PROBE } from "./removal-probe.ts";
import { readAnswer } from "../api/read-answer.ts";
import { waitFor, type Attempt } from "../api/wait-for.ts";
import { configurationPath, configurationsPath } from "../install/client.ts";
import type { ConfigurationId, WebhookKind } from "../webhooks/configuration.ts";

/** The Service that the API server calls. */
export interface AskedService {
  readonly namespace: string;
  readonly name: string;
}

/** In the order in which they are removed: mutation may stay behind, validation under `Fail` may not. */
export const KINDS: readonly WebhookKind[] = [
  "ValidatingWebhookConfiguration",
  "MutatingWebhookConfiguration",
];

interface Configuration extends ObjectAt {
  readonly kind: WebhookKind;
  readonly name: string;
  readonly object: JsonObject;
  readonly isOurs: boolean;
  /** The Services that its entries call, as `namespace/name`. */
  readonly services: readonly string[];
  /** The hosts of the URLs that its entries call. */
  readonly hosts: readonly string[];
}

/** What was removed when it is looked for configurations: after `everything` they have come back. */
type RemovedBefore = "nothing" | "webhooks" | "everything";

/**
 * Deletes the webhook configurations of Portcullis, and those of probes that were left behind. Gives whether there were any.
 * Throws UNINSTALL_INCOMPLETE where one of them does not go, or anything else asks the Service: while it does, its server
 * must not go, or what is asked about is rejected.
 */
export async function removeWebhooks(
  service: AskedService,
  removal: Removal,
  before: RemovedBefore,
): Promise<boolean> {
  const configurations = await allConfigurations(removal);
  // The probe of another run that is at work is none that has come back.
  const ours = configurations.filter(
    ({ isOurs, name }) => isOurs && (before === "nothing" || name !== REMOVAL_PROBE),
  );
  const elsewhere = ours.find(({ services }) => otherThan(service, services) !== undefined);
  if (elsewhere !== undefined) {
    const asked = await asking(configurations, service, removal);
    const byOthers = asked.filter(({ isOurs }) => !isOurs);
    // What is installed for the other Service is sound: only what asks this one has to go.
    if (byOthers.length > 0 && byOthers.length === asked.length)
      throw askedByOthers(byOthers, service, before);
    throw askedElsewhere(elsewhere, service, { before, isAsked: asked.length > 0, ours });
  }
  for (const configuration of ours) await removeObject(removal, configuration, configuration.object);
  if (!removal.dryRun) for (const configuration of ours) await gone(configuration, removal, before);
  const others = configurations.filter(({ isOurs }) => !isOurs);
  const alsoAsking = await asking(others, service, removal);
  if (alsoAsking.length > 0) throw askedByOthers(alsoAsking, service, before);
  return ours.length > 0;
}

/**
 * Deletes those that have come back while the server goes, at once: they ask for it. What is in the way of that is left to
 * the next `removeWebhooks`, which tells it. Gives whether there were any.
 */
export async function removeReturned(service: AskedService, removal: Removal): Promise<boolean> {
  const returned = (await allConfigurations(removal)).filter(
    ({ isOurs, name, services, object }) =>
      isOurs &&
      name !== REMOVAL_PROBE &&
      otherThan(service, services) === undefined &&
      objectMember(object, "metadata")?.["deletionTimestamp"] === undefined,
  );
  for (const configuration of returned) await removeObject(removal, configuration, configuration.object);
  return returned.length > 0;
}

/** Whether there is one of that name. It is looked for as all are, so that nobody needs another permission. */
export async function hasConfiguration({ kind, name }: ConfigurationId, removal: Removal): Promise<boolean> {
  return (await configurationsOf(kind, removal)).some((each) => each.name === name);
}

async function allConfigurations(removal: Removal): Promise<readonly Configuration[]> {
  return (await Promise.all(KINDS.map((kind) => configurationsOf(kind, removal)))).flat();
}

/** One that somebody else's finalizer holds is asked as long as it is there, however long ago it was deleted. */
async function gone(configuration: Configuration, removal: Removal, before: RemovedBefore): Promise<void> {
  const { title, kind, name, object } = configuration;
  const attempt = async (): Promise<Attempt> => {
    // As it was found, so that nobody needs another permission.
    const now = (await configurationsOf(kind, removal)).find((each) => uidOf(each.object) === uidOf(object));
    return now === undefined
      ? { kind: "done" }
      : { kind: "again", reason: `the ${title} is still there: it has ${finalizersOf(now.object)}` };
  };
  const reason = await waitFor(attempt, removal);
  if (reason === undefined) return;
  throw incomplete(
    `The API server goes on asking Portcullis: ${reason}.`,
    `Have the controller run that the finalizer belongs to, or take it out with \`kubectl patch ${kind.toLowerCase()} ${name} --type=merge --patch='{"metadata":{"finalizers":null}}'\`, and run the command again${before === "everything" ? "" : ", which then removes the server"}.`,
  );
}

function finalizersOf(object: JsonObject): string {
  const finalizers = objectMember(object, "metadata")?.["finalizers"];
  return Array.isArray(finalizers) ? `the finalizer ${finalizers.join(" and ")}` : "no finalizer";
}

async function configurationsOf(kind: WebhookKind, { send }: Removal): Promise<readonly Configuration[]> {
  const answer = await send({ method: "GET", path: configurationsPath(kind) });
  if (answer.code !== 200) throw notDone(answer, `list the ${kind}s`);
  return readAnswer(ObjectList, answer.body, `list of the ${kind}s`).items.map((object) => {
    const name = stringMember(objectMember(object, "metadata"), "name") ?? "";
    const entries = entriesOf(object);
    return {
      kind,
      name,
      title: `${kind} ${name}`,
      path: configurationPath({ kind, name }),
      object,
      isOurs: OWN_CONFIGURATIONS.has(name) && (isLabelled(object) || entries.some(isOurEntry)),
      services: entries.flatMap(serviceOf),
      hosts: entries.flatMap(hostOf),
    };
  });
}

function entriesOf({ webhooks }: JsonObject): readonly JsonObject[] {
  return Array.isArray(webhooks) ? webhooks.filter(isJsonObject) : [];
}

function isOurEntry(entry: JsonObject): boolean {
  return stringMember(entry, "name")?.endsWith(".portcullis.dev") === true;
}

function serviceOf(entry: JsonObject): readonly string[] {
  const service = objectMember(objectMember(entry, "clientConfig"), "service");
  const [namespace, name] = [stringMember(service, "namespace"), stringMember(service, "name")];
  return namespace === undefined || name === undefined ? [] : [nameOf({ namespace, name })];
}

function hostOf(entry: JsonObject): readonly string[] {
  const url = stringMember(objectMember(entry, "clientConfig"), "url") ?? "";
  // As new URL() writes it: in lower case, and an IPv6 address in brackets.
  return URL.canParse(url) ? [new URL(url).hostname.replace(/\.$/, "").replaceAll(/[[\]]/g, "")] : [];
}

function nameOf({ namespace, name }: AskedService): string {
  return `${namespace}/${name}`;
}

function otherThan(service: AskedService, services: readonly string[]): string | undefined {
  return services.find((asked) => asked !== nameOf(service));
}

/** What is installed in another namespace is told, not taken down by a command that was meant for this one. */
function askedElsewhere(
  { title, services }: Configuration,
  service: AskedService,
  {
    before,
    isAsked,
    ours,
  }: {
    readonly before: RemovedBefore;
    /** Whether anything asks this Service, too. */
    readonly isAsked: boolean;
    readonly ours: readonly Configuration[];
  },
): Error {
  const other = otherThan(service, services) ?? "";
  const names = [...new Set(ours.map(({ name }) => name))].join(" ");
  return incomplete(
    `${before === "nothing" ? "Nothing was removed" : "A webhook configuration has come back and was left"}: the ${title} asks the Service ${other}, not ${nameOf(service)}.`,
    isAsked
      ? `The Service ${nameOf(service)} is asked, too, so the server of neither may go first: delete the configurations with \`kubectl delete validatingwebhookconfigurations,mutatingwebhookconfigurations ${names}\` (nothing is enforced from then on), and run the command again for each of the two with --service.`
      : `To remove that installation, run the command with --service ${other}. To remove only what an earlier one has left in the namespace ${service.namespace}, which no webhook asks any more: \`kubectl delete namespace ${service.namespace}\`.`,
  );
}

/** Those that ask the Service, also by a URL. */
async function asking(
  configurations: readonly Configuration[],
  service: AskedService,
  removal: Removal,
): Promise<readonly Configuration[]> {
  // Only a URL can have an address, and then it matters which are the Service's.
  const isByAddress = configurations.some(({ hosts }) => hosts.some((host) => isIP(host) !== 0));
  const addresses = isByAddress ? await addressesOf(service, removal) : [];
  return configurations.filter(
    ({ services, hosts }) =>
      services.includes(nameOf(service)) ||
      hosts.some((host) => isHostOf(service, host) || addresses.includes(host)),
  );
}

/** Its name in the cluster's DNS, in every form: `portcullis.portcullis-system.svc.cluster.local` and what it is short for. */
function isHostOf({ namespace, name }: AskedService, host: string): boolean {
  return host === `${name}.${namespace}` || `${host}.`.startsWith(`${name}.${namespace}.svc.`);
}

/** An API server outside of the cluster's DNS is given the address instead. */
async function addressesOf({ namespace, name }: AskedService, removal: Removal): Promise<readonly string[]> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(name)}`;
  const service = await readObject(removal, { title: `Service ${namespace}/${name}`, path });
  const spec = service === undefined ? undefined : objectMember(service, "spec");
  const addresses = spec?.["clusterIPs"];
  return Array.isArray(addresses) ? addresses.filter((address) => typeof address === "string") : [];
}

function askedByOthers(
  others: readonly Configuration[],
  service: AskedService,
  before: RemovedBefore,
): Error {
  const names = others.map(({ title }) => `the ${title}`).join(" and ");
  const commands = others.map(({ kind, name }) => `\`kubectl delete ${kind.toLowerCase()} ${name}\``);
  return incomplete(
    `${before === "everything" ? "Something is left that asks Portcullis" : "The server was not removed"}: ${names} asks the Service ${nameOf(service)} and is none that Portcullis installs; without the server, what it asks about could be rejected.`,
    `Find out who made it, delete it with ${commands.join(" and ")}, and run the command again.`,
  );
}
