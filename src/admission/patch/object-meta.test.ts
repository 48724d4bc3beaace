import { expect, test } from "@jest/globals";
import { regoValue } from "../../../test/patch-samples.ts";
import { wrongMetadata } from "./object-meta.ts";

const wrong = (before: unknown, after: unknown): string | undefined =>
  wrongMetadata(regoValue({ metadata: before }), regoValue({ metadata: after }));

test.each<[string, unknown, string | undefined]>([
  [
    "texts",
    { labels: { a: "1" }, annotations: { b: "" }, finalizers: ["x"], ownerReferences: [{}] },
    undefined,
  ],
  ["nothing", null, undefined],
  ["null members", { labels: null, finalizers: null }, undefined],
  ["a number in labels", { labels: { a: 1 } }, "metadata.labels must be an object of strings"],
  ["null in labels", { labels: { a: null } }, "metadata.labels must be an object of strings"],
  ["a list of labels", { labels: ["a"] }, "metadata.labels must be an object of strings"],
  [
    "an object in annotations",
    { annotations: { a: {} } },
    "metadata.annotations must be an object of strings",
  ],
  ["an object of finalizers", { finalizers: {} }, "metadata.finalizers must be a list of strings"],
  ["owners that are texts", { ownerReferences: ["a"] }, "metadata.ownerReferences must be a list of objects"],
  ["a text", "x", "metadata must be an object"],
])("metadata that patches make hold %s", (_name, after, message) => {
  expect(wrong({}, after)).toBe(message);
});

test("what came so, and patches leave alone, is the API server's affair", () => {
  expect(wrong({ labels: { a: 1 } }, { labels: { a: 1 }, annotations: { b: "c" } })).toBeUndefined();
});
