import { FIELD_MANAGER } from "../../cluster/api/managed-fields.ts";
import { isApplied } from "../../cluster/install/record.ts";
import { isJsonObject, objectMember, type JsonObject } from "../../policy/json.ts";
import type { WebhookKind } from "../../cluster/webhooks/configuration.ts";
import { finding, type Finding } from "../findings/finding.ts";
import type { StoredWebhooks } from "../observe/objects.ts";
import { clusterTime, type Facts } from "../observe/observation.ts";

/** Milliseconds after which nobody fights any more. */
const RECENT = 60 * 60_000;

/**
 * Somebody who goes on writing what Portcullis applies: by server-side apply, as tools do. What a person edited (`Update`)
 * is a difference until it is put back, and none after that. Who applies the same without effect leaves no trace.
 */
export function contested(kind: WebhookKind, { metadata }: StoredWebhooks, facts: Facts): readonly Finding[] {
  const { managedFields } = metadata;
  if (!managedFields.some(isApplied)) return [];
  const now = clusterTime(facts).getTime();
  const others = managedFields.filter(({ manager, operation, time, fieldsV1 }) => {
    const age = time === undefined ? Infinity : now - time.getTime();
    const isOther = manager !== FIELD_MANAGER && operation === "Apply";
    return isOther && age < RECENT && setsMoreThanCaBundle(fieldsV1);
  });
  if (others.length === 0) return [];
  return [
    finding("webhooks-contested", {
      message: `Somebody else than Portcullis applies the ${kind} portcullis, too.`,
      items: others.map(({ manager, time }) => `${manager}, last at ${time?.toISOString() ?? ""}`),
      fix: "Let one of the two have it: take the object out of what the other applies (a GitOps tool, Helm), or run the servers without --keep-webhooks and let the other keep it. This goes an hour after the last write.",
      command: `kubectl get ${kind.toLowerCase()} portcullis --output=yaml --show-managed-fields`,
    }),
  ];
}

/** cert-manager's injector owns every caBundle and nothing else, as it should. */
function setsMoreThanCaBundle(fieldsV1: JsonObject | undefined): boolean {
  const entries = objectMember(fieldsV1, "f:webhooks");
  return entries !== undefined && leaves(entries).some((field) => field !== "f:caBundle");
}

/** The last names of all paths. `.` and the key of a list's item stand for the item itself. */
function leaves(fields: JsonObject): readonly string[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    if (isJsonObject(value) && Object.keys(value).length > 0) return leaves(value);
    return name === "." || name.startsWith("k:") || name === "f:name" || name === "f:clientConfig"
      ? []
      : [name];
  });
}
