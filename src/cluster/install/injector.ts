import { z } from "zod";
import { isJsonObject, objectMember, stringMember, type JsonObject } from "../../policy/json.ts";
import { ManagedFields } from "../api/managed-fields.ts";
import { readAnswer } from "../api/read-answer.ts";
import { caBundleOf } from "../webhooks/configuration.ts";
import { trustsAll } from "../webhooks/trust.ts";
import type { ConfigurationToApply } from "./cluster.ts";

/** What has cert-manager's injector write `caBundle` (https://cert-manager.io/docs/concepts/ca-injector). */
const ASKING = ["cert-manager.io/inject-ca-from", "cert-manager.io/inject-ca-from-secret"];

/** What can be applied beside an injector of `caBundle`, which owns that in every entry that it has found. */
export interface BesideInjector {
  /** As wanted, but with the `caBundle` that it has written: it keeps the authorities of before beside the new one. */
  readonly configuration: ConfigurationToApply;
  /** Not wanted any more; apply would leave a stub of them, a name with a `caBundle`, which no API server takes. */
  readonly leftovers: readonly JsonObject[];
}

const Configuration = z.object({
  metadata: z.object({
    annotations: z.record(z.string(), z.unknown()).default({}),
    managedFields: ManagedFields,
  }),
  webhooks: z.array(z.custom<JsonObject>(isJsonObject)).default([]),
});

/** `stored` is the object of the API server that is to become `wanted`; `manager` is who applies it. */
export function besideInjector(
  wanted: ConfigurationToApply,
  stored: JsonObject,
  manager: string,
): BesideInjector {
  const { metadata, webhooks } = readAnswer(Configuration, stored, `${wanted.kind} ${wanted.metadata.name}`);
  const isAsked = ASKING.some((name) => metadata.annotations[name] !== undefined);
  const bundles = new Map(webhooks.map((entry) => [nameOf(entry), caBundleOf(entry)]));
  const all: readonly unknown[] = wanted.webhooks;
  const entries = all.filter(isJsonObject);
  const injected = entries.map((entry) => withBundle(entry, bundles.get(nameOf(entry))));
  const isInjected = isAsked && injected.some((entry, index) => entry !== entries[index]);
  const names = new Set(entries.map(nameOf));
  const others = metadata.managedFields.filter((each) => each.manager !== manager);
  return {
    configuration: isInjected ? { ...wanted, webhooks: injected } : wanted,
    leftovers: webhooks.filter((entry) => !names.has(nameOf(entry)) && isInjectedOnly(nameOf(entry), others)),
  };
}

/** Only a `caBundle` that trusts all that is wanted, or the server would not be trusted. */
function withBundle(entry: JsonObject, injected: string | undefined): JsonObject {
  const wanted = caBundleOf(entry);
  if (injected === undefined) return entry;
  return wanted === undefined || trustsAll(injected, wanted)
    ? { ...entry, clientConfig: { ...objectMember(entry, "clientConfig"), caBundle: injected } }
    : entry;
}

/** Whether these others own it, but nothing of it besides its `caBundle`. */
function isInjectedOnly(name: string, others: readonly { readonly fieldsV1: JsonObject }[]): boolean {
  const owned = others
    .map(({ fieldsV1 }) =>
      objectMember(objectMember(fieldsV1, "f:webhooks"), `k:${JSON.stringify({ name })}`),
    )
    .filter((fields) => fields !== undefined);
  return owned.length > 0 && owned.every(ownsOnlyBundle);
}

/** Whether what a manager owns of an entry is no more than an injector does (`fieldsV1` of that entry). */
export function ownsOnlyBundle(fields: JsonObject): boolean {
  return (
    Object.keys(fields).every((field) => [".", "f:name", "f:clientConfig"].includes(field)) &&
    Object.keys(objectMember(fields, "f:clientConfig") ?? {}).every((field) => field === "f:caBundle")
  );
}

function nameOf(entry: JsonObject): string {
  return stringMember(entry, "name") ?? "";
}
