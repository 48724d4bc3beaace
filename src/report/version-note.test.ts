import { expect, test } from "@jest/globals";
import { unknownVersionNote } from "./version-note.ts";

test.each([
  ["a version that is served", { group: "apps", version: "v1", kind: "Deployment" }],
  ["a custom resource", { group: "example.com", version: "v1", kind: "Deployment" }],
  ["a kind that nobody knows", { group: "old", version: "v1", kind: "Widget" }],
])("there is nothing to say of %s", (_name, type) => {
  expect(unknownVersionNote(type)).toEqual([]);
});

test.each([
  [
    { group: "apps", version: "v1beta1", kind: "Deployment" },
    "apps/v1beta1 is no version of Deployment",
    "(v1)",
  ],
  [{ group: "extensions", version: "v1beta1", kind: "Deployment" }, "extensions/v1beta1", "(apps/v1)"],
  [{ group: "", version: "v2", kind: "Pod" }, "v2 is no version of Pod", "(v1)"],
])("of %j it is said what is served", (type, given, served) => {
  const [note] = unknownVersionNote(type);
  expect(note).toContain(given);
  expect(note).toContain(served);
});
