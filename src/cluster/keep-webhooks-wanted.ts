import { isJsonObject, objectMember, stringMember, type JsonObject } from "../policy/json.ts";
import { FIELD_MANAGER } from "./client.ts";
import type { InstalledConfiguration } from "./keep-webhooks-store.ts";
import { hasProbe, withProbe } from "./probe-webhook.ts";
import type { WebhookConfiguration, WebhookEntry, WebhookServer } from "./webhook-configuration.ts";
import { differenceOf, type Difference } from "./webhook-configuration-difference.ts";
import { IGNORE_ANNOTATION, VALIDATING, withoutFail, type GeneratedWebhooks } from "./webhooks.ts";

/** The Service of Portcullis. */
export interface WebhookService {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** Whether `portcullis webhooks --apply` has installed it, and nobody has taken that over since. */
export function isOwn({ managedFields }: InstalledConfiguration): boolean {
  return managedFields.some(({ manager, operation }) => manager === FIELD_MANAGER && operation === "Apply");
}

/**
 * Where the installation finds Portcullis: at the Service, at whichever port of it was installed, or at a URL. Undefined if
 * its entries lead elsewhere. Without entries nothing is said, so it is the Service.
 */
export function serverOf(
  installed: readonly InstalledConfiguration[],
  service: WebhookService,
): WebhookServer | undefined {
  const entries = installed.flatMap(({ webhooks }) => webhooks);
  if (entries.length === 0) return { service, caBundle: undefined };
  const ports = entries.map((entry) => portOf(entry, service)).filter((port) => port !== undefined);
  // Somebody may have changed some of them.
  const port = mostFrequent(ports);
  if (port !== undefined) return { service: { ...service, port }, caBundle: undefined };
  const origins = new Set(entries.map(originOf));
  const [origin] = origins;
  return origins.size === 1 && origin !== undefined ? { url: origin, caBundle: undefined } : undefined;
}

function mostFrequent(values: readonly number[]): number | undefined {
  const count = (value: number): number => values.filter((each) => each === value).length;
  return values.toSorted((one, other) => count(other) - count(one))[0];
}

/** Undefined if the entry is not for this Service. */
function portOf(entry: JsonObject, { namespace, name }: WebhookService): number | undefined {
  const called = objectMember(objectMember(entry, "clientConfig"), "service");
  if (stringMember(called, "namespace") !== namespace || stringMember(called, "name") !== name)
    return undefined;
  const port = called?.["port"];
  return typeof port === "number" ? port : undefined;
}

function originOf(entry: JsonObject): string | undefined {
  const url = stringMember(objectMember(entry, "clientConfig"), "url");
  return url !== undefined && URL.canParse(url) ? new URL(url).origin : undefined;
}

/** What all entries trust that are asked for Portcullis; "" for one that trusts what the API server does. */
export function caBundlesOf(
  installed: readonly InstalledConfiguration[],
  service: WebhookService,
): readonly string[] {
  return installed.flatMap((configuration) =>
    configuration.webhooks
      .filter((entry) => isOwn(configuration) || portOf(entry, service) !== undefined)
      .map((entry) => caBundleOf(entry) ?? ""),
  );
}

/** What policies want of the webhooks. */
export interface Wanting {
  readonly generated: Pick<GeneratedWebhooks, "validating" | "mutating">;
  readonly server: WebhookServer;
  /** What all entries must trust; undefined for what each of them does. */
  readonly caBundle: string | undefined;
}

/** How an installed configuration must be; `installed` are all of them. */
export function wantedOf(
  configuration: InstalledConfiguration,
  installed: readonly InstalledConfiguration[],
  { generated, server, caBundle }: Wanting,
): WebhookConfiguration {
  const { validating, mutating } = generated;
  const isValidating = configuration.id.kind === VALIDATING.kind;
  const wanted = isValidating ? withOwnFailurePolicy(validating, configuration, server) : mutating;
  return withAuthorities(wanted, configuration, caBundle ?? { otherwise: anyCaBundle(installed) });
}

/** An installation that is under way is under Ignore, too, and is asked for its probe. */
function withOwnFailurePolicy(
  validating: WebhookConfiguration,
  { annotations, webhooks }: InstalledConfiguration,
  server: WebhookServer,
): WebhookConfiguration {
  if (annotations[IGNORE_ANNOTATION.name] !== IGNORE_ANNOTATION.value) return validating;
  const ignoring = withoutFail(validating);
  return hasProbe(webhooks) ? withProbe(ignoring, server) : ignoring;
}

/**
 * One authority for all entries, or to each its own. One that has none gets another's: who changes an entry, or takes it
 * away, does so with all that it trusts.
 */
function withAuthorities(
  configuration: WebhookConfiguration,
  { webhooks }: InstalledConfiguration,
  authority: string | { readonly otherwise: string | undefined },
): WebhookConfiguration {
  const now = new Map(webhooks.map((entry) => [stringMember(entry, "name"), caBundleOf(entry)]));
  const bundleFor = ({ name }: WebhookEntry): string | undefined =>
    typeof authority === "string" ? authority : (now.get(name) ?? authority.otherwise);
  const entries = configuration.webhooks.map((entry) => {
    const caBundle = bundleFor(entry);
    return caBundle === undefined ? entry : { ...entry, clientConfig: { ...entry.clientConfig, caBundle } };
  });
  return { ...configuration, webhooks: entries };
}

function anyCaBundle(installed: readonly InstalledConfiguration[]): string | undefined {
  return installed.flatMap(({ webhooks }) => webhooks.map(caBundleOf)).find((bundle) => bundle !== undefined);
}

function caBundleOf(entry: JsonObject): string | undefined {
  const caBundle = stringMember(objectMember(entry, "clientConfig"), "caBundle");
  return caBundle === "" ? undefined : caBundle;
}

/** The first difference, also in what the entries trust. */
export function deviation(
  wanted: WebhookConfiguration,
  installed: InstalledConfiguration,
): Difference | undefined {
  const difference = differenceOf(wanted, installed);
  if (difference !== undefined) return difference;
  const now = new Map(installed.webhooks.map((entry) => [stringMember(entry, "name"), caBundleOf(entry)]));
  const other = wanted.webhooks.find(({ name, clientConfig }) => now.get(name) !== clientConfig.caBundle);
  return other === undefined ? undefined : { entry: other.name, field: "clientConfig.caBundle" };
}

/** Who has set the field, or the entry, besides Portcullis; undefined if that is not known: nobody owns what is gone. */
export function managerOf(
  { entry, field }: Difference,
  { managedFields }: InstalledConfiguration,
): string | undefined {
  const key = `k:${JSON.stringify({ name: entry })}`;
  const others = managedFields.filter(({ manager }) => manager !== FIELD_MANAGER);
  return others.find(({ fieldsV1 }) => {
    const owned = objectMember(objectMember(fieldsV1, "f:webhooks"), key);
    if (owned === undefined || field === undefined) return owned !== undefined;
    const path = field.split(".").map((member) => `f:${member}`);
    return (
      path.reduce<unknown>((at, member) => (isJsonObject(at) ? at[member] : undefined), owned) !== undefined
    );
  })?.manager;
}
