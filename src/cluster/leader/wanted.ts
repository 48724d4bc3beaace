import { isJsonObject, objectMember, stringMember, type JsonObject } from "../../policy/json.ts";
import { FIELD_MANAGER, type ManagedFieldsEntry } from "../api/managed-fields.ts";
import { ownsOnlyBundle } from "../install/injector.ts";
import type { InstalledConfiguration } from "./store.ts";
import {
  isApplied,
  ownAnnotation,
  ownsAnnotation,
  RECORD_ANNOTATION,
  recorded,
  recordOf,
  type InstallationRecord,
} from "../install/record.ts";
import { hasProbe, withProbe } from "../webhooks/probe.ts";
import {
  caBundleOf,
  type WebhookConfiguration,
  type WebhookEntry,
  type WebhookServer,
} from "../webhooks/configuration.ts";
import { differenceOf } from "../webhooks/configuration-difference.ts";
import { IGNORE_ANNOTATION, VALIDATING, withoutFail, type GeneratedWebhooks } from "../webhooks/webhooks.ts";

/** The Service of Portcullis. */
export interface WebhookService {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** Whether `portcullis webhooks --apply` has installed it, and nobody has taken that over since. */
export function isOwn({ managedFields }: InstalledConfiguration): boolean {
  return managedFields.some(isApplied);
}

/** Whether a server is one that a leader may keep: the Service of Portcullis at whichever port, or any URL. */
export function isHere(server: WebhookServer, { namespace, name }: WebhookService): boolean {
  return "url" in server || (server.service.namespace === namespace && server.service.name === name);
}

/** Whether a leader of this Service keeps it, as far as the object itself says. */
export function isKept(configuration: InstalledConfiguration, service: WebhookService): boolean {
  const record = recordOf(configuration);
  return record !== undefined && isHere(record.server, service);
}

function isFor(entry: JsonObject, { namespace, name }: WebhookService): boolean {
  const called = objectMember(objectMember(entry, "clientConfig"), "service");
  return stringMember(called, "namespace") === namespace && stringMember(called, "name") === name;
}

/** What all entries trust that are asked for Portcullis; "" for one that trusts what the API server does. */
export function caBundlesOf(
  installed: readonly InstalledConfiguration[],
  service: WebhookService,
): readonly string[] {
  return installed.flatMap((configuration) =>
    configuration.webhooks
      .filter((entry) => isOwn(configuration) || isFor(entry, service))
      .map((entry) => caBundleOf(entry) ?? ""),
  );
}

/** What policies want of the webhooks. */
export interface Wanting {
  readonly generated: Pick<GeneratedWebhooks, "validating" | "mutating">;
  readonly record: InstallationRecord;
  /** What all entries must trust; undefined for what each of them does. */
  readonly caBundle: string | undefined;
}

/** How an installed configuration must be; `installed` are all of them. */
export function wantedOf(
  configuration: InstalledConfiguration,
  installed: readonly InstalledConfiguration[],
  { generated, record, caBundle }: Wanting,
): WebhookConfiguration {
  const { validating, mutating } = generated;
  const isValidating = configuration.id.kind === VALIDATING.kind;
  const wanted = isValidating ? withOwnFailurePolicy(validating, configuration, record) : mutating;
  return withAuthorities(
    recorded(wanted, record.server),
    configuration,
    caBundle ?? { otherwise: anyCaBundle(installed) },
  );
}

/** An installation that is under way is under Ignore, too, and is asked for its probe. */
function withOwnFailurePolicy(
  validating: WebhookConfiguration,
  { webhooks }: InstalledConfiguration,
  { server, isUnderIgnore }: InstallationRecord,
): WebhookConfiguration {
  if (!isUnderIgnore) return validating;
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

/** Where an installed configuration is not as it must be: in an entry, or else in `metadata`. */
export interface Deviation {
  readonly entry: string | undefined;
  /** Undefined if the whole entry is too much or missing. */
  readonly field: string | undefined;
}

/** The first difference, also in what the entries trust, and in the annotations of Portcullis and whose they are. */
export function deviation(
  wanted: WebhookConfiguration,
  installed: InstalledConfiguration,
): Deviation | undefined {
  const difference = differenceOf(wanted, installed);
  if (difference !== undefined) return difference;
  const now = new Map(installed.webhooks.map((entry) => [stringMember(entry, "name"), caBundleOf(entry)]));
  const other = wanted.webhooks.find(({ name, clientConfig }) => now.get(name) !== clientConfig.caBundle);
  if (other !== undefined) return { entry: other.name, field: "clientConfig.caBundle" };
  const annotation = [RECORD_ANNOTATION, IGNORE_ANNOTATION.name].find((name) =>
    isOtherAnnotation(name, wanted, installed),
  );
  return annotation === undefined
    ? undefined
    : { entry: undefined, field: `${ANNOTATION_FIELD}${annotation}` };
}

const ANNOTATION_FIELD = "metadata.annotations.";

function isOtherAnnotation(
  name: string,
  { metadata }: WebhookConfiguration,
  installed: InstalledConfiguration,
): boolean {
  const wanted = metadata.annotations?.[name];
  // What nobody must have is to be gone, whoever has set it.
  return wanted === undefined
    ? installed.annotations[name] !== undefined
    : ownAnnotation(installed, name) !== wanted;
}

/** Who has set it, besides Portcullis; undefined if that is not known: nobody owns what is gone. */
export function managerOf(
  deviating: Deviation,
  { managedFields }: InstalledConfiguration,
): string | undefined {
  const others = managedFields.filter(({ manager }) => manager !== FIELD_MANAGER);
  return others.find((entry) => owns(entry, deviating))?.manager;
}

function owns(managed: ManagedFieldsEntry, { entry, field }: Deviation): boolean {
  if (entry === undefined) return ownsAnnotation(managed, (field ?? "").slice(ANNOTATION_FIELD.length));
  const key = `k:${JSON.stringify({ name: entry })}`;
  const owned = objectMember(objectMember(managed.fieldsV1, "f:webhooks"), key);
  if (owned === undefined) return false;
  // Of an entry that somebody has added, an injector of caBundle soon owns that.
  if (field === undefined) return !ownsOnlyBundle(owned);
  const path = field.split(".").map((member) => `f:${member}`);
  return (
    path.reduce<unknown>((at, member) => (isJsonObject(at) ? at[member] : undefined), owned) !== undefined
  );
}
