import type { JsonObject } from "../../policy/json.ts";
import { isJsonObject, member } from "../../policy/json.ts";

/** What rules of a webhook name, one text for each: `CREATE deployments.apps`, of any version. */
export function ruleCells(rules: unknown): ReadonlySet<string> {
  return new Set(objects(rules).flatMap(cellsOf));
}

function cellsOf(rule: JsonObject): readonly string[] {
  return texts(member(rule, "operations")).flatMap((operation) =>
    texts(member(rule, "apiGroups")).flatMap((group) =>
      texts(member(rule, "resources")).map((resource) => `${operation} ${qualified(resource, group)}`),
    ),
  );
}

function qualified(resource: string, group: string): string {
  if (group === "") return resource;
  const [name = "", subResource] = resource.split("/", 2);
  return `${name}.${group}${subResource === undefined ? "" : `/${subResource}`}`;
}

/** Whether one of the rules is for an operation on a namespaced resource itself, as the API server reads `*`. */
export function rulesCover(
  rules: unknown,
  {
    operation,
    group,
    resource,
  }: { readonly operation: string; readonly group: string; readonly resource: string },
): boolean {
  return objects(rules).some(
    (rule) =>
      member(rule, "scope") !== "Cluster" &&
      has(member(rule, "operations"), "*", operation) &&
      has(member(rule, "apiGroups"), "*", group) &&
      has(member(rule, "resources"), "*", "*/*", resource, `${resource}/*`),
  );
}

function has(list: unknown, ...any: readonly string[]): boolean {
  return texts(list).some((each) => any.includes(each));
}

function objects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function texts(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  return list.filter((each) => typeof each === "string");
}
