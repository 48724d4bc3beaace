import { isIP } from "node:net";
import { z } from "zod";
import { PortcullisError } from "../../error.ts";
import { isJsonObject, objectMember, stringMember, type JsonObject } from "../../policy/json.ts";
import { apiError } from "../api/error.ts";
import { webhookCluster } from "../install/client.ts";
import {
  incomplete,
  isLabelled,
  notDone,
  readObject,
  removeObject,
  type ObjectAt,
  type Removal,
} from "./removal.ts";
import {
  OWN_CONFIGURATIONS,
  PROBED_NAMESPACE,
  removalProbe,
  removalProbeId,
  removalProbeObject,
  removalVerdict,
} from "./removal-probe.ts";
import { waitFor, type Attempt } from "../api/wait-for.ts";
import type { WebhookKind } from "../webhooks/configuration.ts";

/** The Service that the API server calls. */
export interface AskedService {
  readonly namespace: string;
  readonly name: string;
}

/** In the order in which they are removed: mutation may stay behind, validation under `Fail` may not. */
const KINDS: readonly WebhookKind[] = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"];

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

/**
 * Deletes the webhook configurations of Portcullis, and those of probes that were left behind. Gives the kinds of which
 * something was deleted. Throws UNINSTALL_INCOMPLETE where anything else asks the Service: while it does, its server must
 * not go, or what is asked about is rejected.
 */
export async function removeWebhooks(
  service: AskedService,
  removal: Removal,
): Promise<ReadonlySet<WebhookKind>> {
  const configurations = (await Promise.all(KINDS.map((kind) => configurationsOf(kind, removal)))).flat();
  const ours = configurations.filter(({ isOurs }) => isOurs);
  for (const configuration of ours) checkService(configuration, service);
  for (const configuration of ours) await removeObject(removal, configuration, configuration.object);
  await checkOthers(
    configurations.filter(({ isOurs }) => !isOurs),
    service,
    removal,
  );
  return new Set(ours.map(({ kind }) => kind));
}

const List = z.looseObject({ items: z.array(z.custom<JsonObject>(isJsonObject)) });

async function configurationsOf(kind: WebhookKind, { send }: Removal): Promise<readonly Configuration[]> {
  const path = `/apis/admissionregistration.k8s.io/v1/${kind.toLowerCase()}s`;
  const answer = await send({ method: "GET", path });
  if (answer.code !== 200) throw notDone(answer, `list the ${kind}s`);
  return List.parse(answer.body).items.map((object) => {
    const name = stringMember(objectMember(object, "metadata"), "name") ?? "";
    const entries = entriesOf(object);
    return {
      kind,
      name,
      title: `${kind} ${name}`,
      path: `${path}/${encodeURIComponent(name)}`,
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

/** What is installed in another namespace is told, not taken down by a command that was meant for this one. */
function checkService({ title, services }: Configuration, service: AskedService): void {
  const other = services.find((asked) => asked !== nameOf(service));
  if (other === undefined) return;
  throw incomplete(
    `Nothing was removed: the ${title} asks the Service ${other}, not ${nameOf(service)}.`,
    `Run the command with --service ${other} to remove that installation.`,
  );
}

async function checkOthers(
  others: readonly Configuration[],
  service: AskedService,
  removal: Removal,
): Promise<void> {
  // Only a URL can have an address, and then it matters which are the Service's.
  const isByAddress = others.some(({ hosts }) => hosts.some((host) => isIP(host) !== 0));
  const addresses = isByAddress ? await addressesOf(service, removal) : [];
  const asking = others.filter(
    ({ services, hosts }) =>
      services.includes(nameOf(service)) ||
      hosts.some((host) => isHostOf(service, host) || addresses.includes(host)),
  );
  if (asking.length > 0) throw askedByOthers(asking, service);
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

function askedByOthers(others: readonly Configuration[], service: AskedService): Error {
  const names = others.map(({ title }) => `the ${title}`).join(" and ");
  const commands = others.map(({ kind, name }) => `\`kubectl delete ${kind.toLowerCase()} ${name}\``);
  return incomplete(
    `The server was not removed: ${names} asks the Service ${nameOf(service)}, too, and is none that Portcullis installs; without the server, what it asks about could be rejected.`,
    `Find out who made it, delete it with ${commands.join(" and ")}, and run the command again.`,
  );
}

/**
 * Waits until the API server has heard that configurations of these kinds were deleted, a minute long. With several API
 * servers it tells of the one that answers. Throws UNINSTALL_INCOMPLETE.
 */
export async function awaitUnasked(kinds: ReadonlySet<WebhookKind>, removal: Removal): Promise<void> {
  const cluster = webhookCluster(removal.send);
  for (const kind of kinds) {
    const probe = removalProbe(kind);
    try {
      await cluster.apply(probe, { dryRun: false, force: true });
      await seen(kind, removal);
    } catch (error) {
      throw unseen(error);
    } finally {
      await cluster.remove(removalProbeId(kind));
    }
  }
}

async function seen(kind: WebhookKind, { send, clock, say }: Removal): Promise<void> {
  const attempt = async (): Promise<Attempt> => {
    const answer = await send({
      method: "POST",
      path: `/api/v1/namespaces/${PROBED_NAMESPACE}/configmaps`,
      query: { dryRun: "All" },
      body: { type: "application/json", value: removalProbeObject(kind) },
    });
    switch (removalVerdict(kind, answer)) {
      case "asked":
        return { kind: "done" };
      case "not-asked":
        return { kind: "again", reason: `the API server has not heard yet that the ${kind} was removed` };
      case "unclear":
        throw apiError(answer, `take a dry run in ${PROBED_NAMESPACE}`);
    }
  };
  const reason = await waitFor(attempt, { clock, say });
  if (reason !== undefined) throw incomplete(`${reason}.`, "");
}

/** An API server that cannot be reached says so itself. */
function unseen(error: unknown): unknown {
  if (!(error instanceof PortcullisError) || error.code === "CLUSTER_UNREACHABLE") return error;
  return incomplete(
    `The webhook configurations are removed, but it could not be seen that the API server asks no longer, so the server was left: ${error.message}`,
    "Wait a minute and run the command again: it needs no such proof where no webhook configuration is left.",
  );
}
