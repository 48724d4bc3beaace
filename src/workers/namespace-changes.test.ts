import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { namespaceData, type NamespaceData } from "../admission/snapshot.ts";
import { changedNamespaces, namespaceChanges } from "./namespace-changes.ts";

const namespaces = fc
  .dictionary(fc.constantFrom("a", "b", "c", "d"), fc.constantFrom("x", "y"))
  .map(
    (labels) =>
      new Map<string, NamespaceData>(Object.entries(labels).map(([name, team]) => [name, of(team)])),
  );

function of(team: string): NamespaceData {
  const object = { metadata: { labels: { team } } };
  return namespaceData(object, JSON.stringify(object));
}

test("the changes between two states turn the one into the other", () => {
  fc.assert(
    fc.property(namespaces, namespaces, (before, after) => {
      expect(changedNamespaces(before, namespaceChanges(before, after))).toEqual(after);
    }),
  );
});

test("namespaces that stay as they are do not travel", () => {
  const before = new Map([
    ["a", of("x")],
    ["b", of("x")],
  ]);
  const after = new Map([
    ["a", of("x")],
    ["b", of("y")],
  ]);
  expect([...namespaceChanges(before, after).keys()]).toEqual(["b"]);
});
