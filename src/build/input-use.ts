import { isTerm, referencesIn, refNames, refTerms } from "./syntax.ts";

/** What is read of `input`: names of its fields; the empty name stands for `input` as a whole. */
export type Fields = ReadonlySet<string>;

/** The fields that references such as `input.request.object` read. */
export function fieldsOf(references: Iterable<readonly string[]>): Fields {
  const ofInput = [...references].filter(([root]) => root === "input");
  return new Set(ofInput.map(([, field]) => field ?? ""));
}

/** Everything that a piece of syntax reads of `input` by itself, without what it calls. */
export function fieldsMentioned(node: unknown): Fields {
  const fields = fieldsOf(referencesIn(node));
  return fields.has("") ? new Set([...named(fields), ...fieldsTaken(node)]) : fields;
}

/** The fields without the whole. */
export function named(fields: Fields): readonly string[] {
  return [...fields].filter((field) => field !== "");
}

/**
 * What the places read that mention `input` without a field: `object.get(input, "parameters", {})`, which half of the
 * Gatekeeper library has, reads one field; anything else reads the whole.
 */
export function* fieldsTaken(node: unknown): Generator<string> {
  if (typeof node !== "object" || node === null) return;
  const reference = refTerms(node);
  const names = refNames(reference ?? []);
  if (names.length === 1 && names[0] === "input") yield "";
  const got = Array.isArray(node) ? fieldGot(node) : undefined;
  if (got !== undefined) yield got;
  for (const child of Object.values(got === undefined ? node : Object.values(node).slice(2))) {
    yield* fieldsTaken(child);
  }
}

/** The field of a call `object.get(input, "field", …)` or `object.get(input, ["field", …], …)`. */
function fieldGot([operator, object, key]: readonly unknown[]): string | undefined {
  if (wholeReference(operator) !== "object.get" || wholeReference(object) !== "input" || !isTerm(key)) {
    return undefined;
  }
  const field: unknown = key.type === "array" && Array.isArray(key.value) ? key.value[0] : key;
  return isTerm(field) && field.type === "string" ? String(field.value) : undefined;
}

/** `a.b` for a reference of names only. */
function wholeReference(node: unknown): string | undefined {
  const terms = refTerms(node) ?? [];
  const names = refNames(terms);
  return names.length === terms.length ? names.join(".") : undefined;
}
