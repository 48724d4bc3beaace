import type { WebhookConfiguration, WebhookEntry } from "../../cluster/webhooks/configuration.ts";
import { differenceOf } from "../../cluster/webhooks/configuration-difference.ts";
import { isJsonObject, stringMember, type JsonObject } from "../../policy/json.ts";
import type { FindingId } from "../findings/catalogue.ts";
import { ruleCells } from "./rule-cells.ts";

/** One thing in which a stored configuration is not what is wanted. */
export interface WebhookDifference {
  readonly id: FindingId;
  readonly entry: string;
  /** A clause about the entry, which is handed in as it is called. */
  readonly what: (entry: string) => string;
}

/** All differences, entry by entry: those that `differenceOf` tells one at a time. */
export function differences(
  wanted: WebhookConfiguration,
  stored: readonly JsonObject[],
): readonly WebhookDifference[] {
  const byName = new Map(stored.map((entry) => [stringMember(entry, "name") ?? "", entry]));
  const known = new Set(wanted.webhooks.map(({ name }) => name));
  return [
    ...wanted.webhooks.flatMap((entry) => {
      const now = byName.get(entry.name);
      return now === undefined ? [MISSING(entry.name)] : fieldDifferences(wanted, entry, now);
    }),
    ...[...byName.keys()].filter((name) => !known.has(name)).map(ADDED),
  ];
}

const MISSING = (entry: string): WebhookDifference => ({
  id: "webhook-entry-missing",
  entry,
  what: (name) => `${name} is missing`,
});
const ADDED = (entry: string): WebhookDifference => ({
  id: "webhook-entry-added",
  entry,
  what: (name) => `${name} is not one that Portcullis makes from these policies`,
});

/** Sets each field right that differs and looks again, until none does. */
function fieldDifferences(
  configuration: WebhookConfiguration,
  entry: WebhookEntry,
  stored: JsonObject,
): readonly WebhookDifference[] {
  const right: unknown = JSON.parse(JSON.stringify({ objectSelector: {}, ...entry }));
  const wanted = isJsonObject(right) ? right : {};
  const found: WebhookDifference[] = [];
  let mended = stored;
  while (found.length < Object.keys(wanted).length) {
    const field = differenceOf({ ...configuration, webhooks: [entry] }, { webhooks: [mended] })?.field;
    if (field === undefined) break;
    found.push({
      id: ID_OF[field] ?? "webhook-field-differs",
      entry: entry.name,
      what: clause(field, wanted, stored),
    });
    mended = { ...mended, [field]: wanted[field] ?? null };
  }
  return found;
}

const ID_OF: Readonly<Partial<Record<string, FindingId>>> = {
  failurePolicy: "failure-policy-differs",
  rules: "webhook-rules-differ",
  clientConfig: "webhook-server-differs",
  matchConditions: "webhook-scope-differs",
  namespaceSelector: "webhook-scope-differs",
  objectSelector: "webhook-scope-differs",
  matchPolicy: "webhook-scope-differs",
};

function clause(field: string, wanted: JsonObject, stored: JsonObject): WebhookDifference["what"] {
  switch (field) {
    case "rules":
      return ruleClause(wanted, stored);
    case "matchConditions":
      return (entry) => `the matchConditions of ${entry} are not those that Portcullis makes`;
    default: {
      const [now, right] = [stored, wanted].map((side) => shown(side[field]));
      return (entry) => `${field} of ${entry} is ${now ?? ""}, not ${right ?? ""}`;
    }
  }
}

function shown(value: unknown): string {
  return cut(value === undefined ? "absent" : typeof value === "string" ? value : withoutAuthority(value));
}

/** A bundle of authorities is long, and another check's matter. */
function withoutAuthority(value: unknown): string {
  return JSON.stringify(value, (key, each: unknown) => (key === "caBundle" ? undefined : each));
}

const LONGEST = 300;

function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}

function ruleClause(wanted: JsonObject, stored: JsonObject): WebhookDifference["what"] {
  const [right, now] = [ruleCells(wanted["rules"]), ruleCells(stored["rules"])];
  const lost = [...right].filter((cell) => !now.has(cell));
  const added = [...now].filter((cell) => !right.has(cell));
  const parts = [
    ...(lost.length === 0 ? [] : [`is not asked about ${cut(lost.join(", "))}`]),
    ...(added.length === 0 ? [] : [`is asked about ${cut(added.join(", "))} without need`]),
    ...(lost.length + added.length === 0 ? ["has other rules than Portcullis makes"] : []),
  ];
  return (entry) => `${entry} ${parts.join(" and ")}`;
}
