import { z } from "zod";
import { isJsonObject, objectMember, stringMember, type JsonObject } from "../../policy/json.ts";
import { FIELD_MANAGER, type ManagedFieldsEntry } from "../api/managed-fields.ts";
import type { WebhookConfiguration, WebhookServer } from "../webhooks/configuration.ts";
import { IGNORE_ANNOTATION } from "../webhooks/webhooks.ts";

/**
 * Where `portcullis webhooks --apply` writes down what it has installed. Whoever keeps the configuration current goes by
 * this and not by the entries, which anybody may have edited.
 */
export const RECORD_ANNOTATION = "policy.portcullis.dev/installed";

/** What an installation has chosen besides what policies and bindings want. */
export interface InstallationRecord {
  readonly server: WebhookServer;
  /** Installed with `--failure-policy-ignore`, or an installation that has not come to its end. */
  readonly isUnderIgnore: boolean;
}

/** The configuration with the record of its installation; certificates change, so they are no part of it. */
export function recorded(configuration: WebhookConfiguration, server: WebhookServer): WebhookConfiguration {
  const { metadata } = configuration;
  const where = "url" in server ? { url: server.url } : { service: server.service };
  const isUnderIgnore = metadata.annotations?.[IGNORE_ANNOTATION.name] === IGNORE_ANNOTATION.value;
  const record = { ...where, ...(isUnderIgnore ? { failurePolicy: "Ignore" } : {}) };
  const annotations = { ...metadata.annotations, [RECORD_ANNOTATION]: JSON.stringify(record) };
  return { ...configuration, metadata: { ...metadata, annotations } };
}

/** The record as it is written; it does not say by whom. */
export function recordText({
  metadata,
}: {
  readonly metadata: Readonly<Record<string, unknown>>;
}): string | undefined {
  const { annotations } = metadata;
  return isJsonObject(annotations) ? stringMember(annotations, RECORD_ANNOTATION) : undefined;
}

const Ignore = z.literal("Ignore").optional();

const StoredRecord = z.union([
  z.strictObject({
    service: z.strictObject({ namespace: z.string(), name: z.string(), port: z.int() }),
    failurePolicy: Ignore,
  }),
  z.strictObject({ url: z.url({ protocol: /^https$/ }), failurePolicy: Ignore }),
]);

/** Undefined for what no installation has written. */
export function parseRecord(text: string): InstallationRecord | undefined {
  const { success, data } = StoredRecord.safeParse(jsonOf(text));
  if (!success) return undefined;
  const where = "url" in data ? { url: data.url } : { service: data.service };
  return { server: { ...where, caBundle: undefined }, isUnderIgnore: data.failurePolicy === "Ignore" };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whose fields are which. */
type Ownership = Pick<ManagedFieldsEntry, "manager" | "operation"> & {
  readonly fieldsV1?: JsonObject | undefined;
};

/** The annotations of a stored object, and who has set which of its fields. */
export interface Annotated {
  readonly annotations: JsonObject;
  readonly managedFields: readonly Ownership[];
}

/** Whether it is of `portcullis webhooks --apply`, or of a leader. */
export function isApplied({ manager, operation }: Pick<Ownership, "manager" | "operation">): boolean {
  return manager === FIELD_MANAGER && operation === "Apply";
}

/** What was installed, if Portcullis has written that: what anybody else has written there is not believed. */
export function recordOf(stored: Annotated): InstallationRecord | undefined {
  const text = ownAnnotation(stored, RECORD_ANNOTATION);
  return text === undefined ? undefined : parseRecord(text);
}

/** An annotation that is as Portcullis has applied it. */
export function ownAnnotation({ annotations, managedFields }: Annotated, name: string): string | undefined {
  const isOurs = managedFields.some((entry) => isApplied(entry) && ownsAnnotation(entry, name));
  return isOurs ? stringMember(annotations, name) : undefined;
}

export function ownsAnnotation({ fieldsV1 }: Pick<Ownership, "fieldsV1">, name: string): boolean {
  const annotations = objectMember(objectMember(fieldsV1, "f:metadata"), "f:annotations");
  return annotations !== undefined && isJsonObject(annotations[`f:${name}`]);
}
