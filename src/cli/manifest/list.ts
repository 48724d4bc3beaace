import { SourceError } from "./source-error.ts";
import { stringAt, type Mapping, type Member, type Scalar, type Sequence, type Value } from "./value.ts";

/**
 * The objects of a document. As for kubectl (UnstructuredJSONScheme of k8s.io/apimachinery), whatever has `items` is a
 * list, whatever its kind, and items without `apiVersion` and `kind` have those of a `<kind>List`.
 */
export function objectsOf(document: Value): readonly (Mapping | SourceError)[] {
  const objects: (Mapping | SourceError)[] = [];
  const pending: Value[] = [document];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    const found = objectOrItems(value);
    if (found instanceof SourceError || !Array.isArray(found)) objects.push(found);
    else for (const item of found.toReversed()) pending.push(item);
  }
  return objects;
}

function objectOrItems(value: Value): Mapping | SourceError | Value[] {
  if (value.kind !== "mapping") return notAnObject(value);
  const items = value.members.get("items");
  if (items === undefined) return value;
  if (items.value.kind === "sequence") return items.value.items.map((item) => inherited(value, item));
  if (items.value.kind === "scalar" && items.value.type === "null") return [];
  return new SourceError(
    "kubectl takes what has `items` for a list, but this `items` is none",
    items.keyStart,
  );
}

function notAnObject(value: Scalar | Sequence): SourceError {
  const what = value.kind === "sequence" ? "a list" : `the text or number ${shortened(value.text)}`;
  return new SourceError(`this is ${what}, not a Kubernetes object`, value.start, "MANIFEST_NOT_OBJECT");
}

function shortened(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text);
}

function inherited(list: Mapping, item: Value): Value {
  if (item.kind !== "mapping" || hasText(item, "kind") || hasText(item, "apiVersion")) return item;
  const kind = (stringAt(list, "kind") ?? "").replace(/List$/, "");
  const members = new Map(item.members);
  for (const [key, text] of [
    ["apiVersion", stringAt(list, "apiVersion") ?? ""],
    ["kind", kind],
  ] as const) {
    members.set(key, member(text, item.start));
  }
  return { ...item, members };
}

function hasText(mapping: Mapping, key: string): boolean {
  return (stringAt(mapping, key) ?? "") !== "";
}

function member(text: string, start: number): Member {
  return { keyStart: start, value: { kind: "scalar", start, type: "string", text } };
}
