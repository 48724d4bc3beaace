import { isDeepStrictEqual } from "node:util";
import { isJsonObject, objectMember, stringMember, type JsonObject } from "../../policy/json.ts";
import type { WebhookConfiguration, WebhookEntry } from "./configuration.ts";

/** Where a stored configuration is not what is wanted. */
export interface Difference {
  readonly entry: string;
  /** A member of the entry; undefined if the whole entry is too much or missing. */
  readonly field: string | undefined;
}

/**
 * The first difference, or undefined. What the API server fills in by itself is none, and neither is `caBundle`, which
 * something like cert-manager writes. Members that this version of Kubernetes' type does not know are not looked at.
 */
export function differenceOf(
  { webhooks }: WebhookConfiguration,
  stored: { readonly webhooks: readonly unknown[] },
): Difference | undefined {
  const now = new Map(
    stored.webhooks.filter(isJsonObject).map((entry) => [stringMember(entry, "name") ?? "", entry]),
  );
  for (const wanted of webhooks) {
    const entry = now.get(wanted.name);
    const field = entry === undefined ? undefined : differingField(wanted, entry);
    if (entry === undefined || field !== undefined) return { entry: wanted.name, field };
    now.delete(wanted.name);
  }
  const [added] = now.keys();
  return added === undefined ? undefined : { entry: added, field: undefined };
}

function differingField(wanted: WebhookEntry, stored: JsonObject): string | undefined {
  const { clientConfig, matchConditions, ...others } = wanted;
  if (
    !isDeepStrictEqual(withoutAuthority(clientConfig), withoutAuthority(objectMember(stored, "clientConfig")))
  )
    return "clientConfig";
  // Lists by name to server-side apply, which may put what others added anywhere.
  if (!isDeepStrictEqual(byName(matchConditions), byName(stored["matchConditions"])))
    return "matchConditions";
  const expected = { objectSelector: {}, ...others };
  return Object.entries(expected).find(([field, value]) => !isDeepStrictEqual(value, stored[field]))?.[0];
}

function withoutAuthority(clientConfig: object | undefined): object {
  return { ...clientConfig, caBundle: undefined };
}

function byName(conditions: unknown): ReadonlyMap<unknown, unknown> {
  const list: readonly unknown[] = Array.isArray(conditions) ? conditions : [];
  return new Map(list.filter(isJsonObject).map((condition) => [condition["name"], condition]));
}
