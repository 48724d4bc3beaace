import type { FieldPath } from "../../policy/field-path.ts";
import { SourceError } from "./source-error.ts";
import { stringAt, type Mapping, type Member, type Scalar, type Sequence, type Value } from "./value.ts";

/**
 * The objects of a document. As for kubectl (UnstructuredJSONScheme of k8s.io/apimachinery), whatever has `items` is a
 * list, whatever its kind, and items without `apiVersion` and `kind` have those of a `<kind>List`.
 */
export function objectsOf(document: Value): readonly (ObjectInDocument | SourceError)[] {
  const objects: (ObjectInDocument | SourceError)[] = [];
  const pending: { readonly value: Value; readonly path: FieldPath }[] = [{ value: document, path: [] }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { path } = next;
    const found = objectOrItems(next.value);
    if (found instanceof SourceError) objects.push(found);
    else if (!Array.isArray(found)) objects.push({ object: found, path });
    else {
      const items = found.map((value, index) => ({ value, path: [...path, "items", index] }));
      for (const item of items.toReversed()) pending.push(item);
    }
  }
  return objects;
}

/** `path` is empty for a document that is an object, else `["items", 0]` and the like. */
export interface ObjectInDocument {
  readonly object: Mapping;
  readonly path: FieldPath;
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
