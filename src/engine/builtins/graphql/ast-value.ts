import { RegoNumber, RegoObject, type RegoValue } from "../../value.ts";

/** A syntax tree as OPA shows it (v1/topdown/graphql.go, pruneIrrelevantGraphQLASTNodes): without what is empty. */
export function astValue(node: object): RegoObject {
  const entries = Object.entries(node)
    .filter(([key]) => isExported(key))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return new RegoObject(
    entries.flatMap(([key, member]) => valuesOf(member).map((value): [string, RegoValue] => [key, value])),
  );
}

/** Go writes the members of a struct whose names begin with a capital letter. */
function isExported(key: string): boolean {
  return key.charAt(0) <= "Z";
}

/** The value of a member or an item, or none if it is nothing. */
function valuesOf(member: unknown): readonly RegoValue[] {
  if (typeof member === "string" || typeof member === "boolean") return [member];
  if (typeof member === "number") return [new RegoNumber(String(member))];
  if (Array.isArray(member)) {
    const items = member.flatMap(valuesOf);
    return items.length === 0 ? [] : [items];
  }
  if (typeof member !== "object" || member === null) return [];
  const value = astValue(member);
  return value.entries.length === 0 ? [] : [value];
}
