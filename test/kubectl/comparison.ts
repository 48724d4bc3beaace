import { readJson, skipJsonSpace } from "../../src/cli/manifest/json-source.ts";
import { jsonText } from "../../src/cli/manifest/json-text.ts";
import { readManifests } from "../../src/cli/manifest/read.ts";
import type { Mapping, Member, Value } from "../../src/cli/manifest/value.ts";

/** A document whose `spec:` is the body; the name tells the objects of one run of kubectl apart. */
export function sample(name: string, body: string): string {
  return `apiVersion: example.com/v1\nkind: Sample\nmetadata: {name: ${name}}\nspec:${body}`;
}

/** What `sample` put around the body is taken off again: the spec, or everything if the body had further keys. */
export function bodyOf(text: string): string {
  const { value } = readJson(asKubectlPrints(text), 0);
  if (value.kind !== "mapping") return text;
  const members = [...value.members].filter(([key]) => !["apiVersion", "kind", "metadata"].includes(key));
  const [first] = members;
  const only = members.length === 1 && first?.[0] === "spec" ? first[1].value : undefined;
  return jsonText(only ?? { ...value, members: new Map(members) });
}

/**
 * JSON as kubectl prints it: keys sorted, integers of 64 bits with all digits, every other number as the 64-bit float
 * that it becomes in `unstructured.Unstructured`. Two texts that are equal here are one object to an API server.
 */
export function asKubectlPrints(text: string): string {
  return jsonText(printed(readJson(text, 0).value));
}

/** The objects that `kubectl label` printed one after the other, without the label. */
export function printedObjects(output: string, label: string): readonly string[] {
  const objects: string[] = [];
  for (let at = 0; skipJsonSpace(output, at) < output.length;) {
    const { value, end } = readJson(output, at);
    objects.push(jsonText(printed(withoutLabel(value, label))));
    at = end;
  }
  return objects;
}

/** The objects that Portcullis reads from a file, as kubectl would print them, and whether it refuses something. */
export function ourObjects(text: string): { readonly objects: readonly string[]; readonly refused: boolean } {
  const { manifests, problems } = readManifests("file", text);
  return {
    objects: manifests.map((manifest) => asKubectlPrints(manifest.text)),
    refused: problems.length > 0,
  };
}

function printed(value: Value): Value {
  switch (value.kind) {
    case "scalar":
      return value.type === "float" ? { ...value, text: printedNumber(value.text) } : value;
    case "sequence":
      return { ...value, items: value.items.map(printed) };
    case "mapping": {
      const members = [...value.members].toSorted(([a], [b]) => (a < b ? -1 : 1));
      return withMembers(
        value,
        members.map(([key, member]) => [key, { ...member, value: printed(member.value) }]),
      );
    }
  }
}

function printedNumber(text: string): string {
  const integer = /^-?\d+$/.test(text) ? BigInt(text) : undefined;
  if (integer !== undefined && BigInt.asIntN(64, integer) === integer) return String(integer);
  const number = Number(text);
  return Object.is(number, -0) ? "-0" : String(number);
}

/** Labels and metadata that are there for the label only go with it. */
function withoutLabel(value: Value, label: string): Value {
  return without(value, "metadata", (metadata) =>
    without(metadata, "labels", (labels) => without(labels, label, () => undefined)),
  );
}

function without(value: Value, key: string, change: (inner: Value) => Value | undefined): Value {
  if (value.kind !== "mapping") return value;
  return withMembers(
    value,
    [...value.members].flatMap(([name, member]): (readonly [string, Member])[] => {
      if (name !== key) return [[name, member]];
      const inner = change(member.value);
      return inner === undefined || isEmpty(inner) ? [] : [[name, { ...member, value: inner }]];
    }),
  );
}

function isEmpty(value: Value): boolean {
  return value.kind === "mapping" && value.members.size === 0;
}

function withMembers(mapping: Mapping, members: readonly (readonly [string, Member])[]): Mapping {
  return { ...mapping, members: new Map(members) };
}
