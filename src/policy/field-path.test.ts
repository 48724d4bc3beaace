import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { formatFieldPath, parseFieldPath } from "./field-path.ts";

test.each([
  ["spec", ["spec"]],
  ["spec.containers[0].image", ["spec", "containers", 0, "image"]],
  ['metadata.labels["app.kubernetes.io/name"]', ["metadata", "labels", "app.kubernetes.io/name"]],
  ["metadata.labels.cost-center", ["metadata", "labels", "cost-center"]],
  ["[3]", [3]],
  ['a["x\\"y"]', ["a", 'x"y']],
])("reads %s", (text, path) => {
  expect(parseFieldPath(text)).toEqual(path);
});

test.each(["", ".spec", "spec..image", "spec[", "spec[x]", "spec[0]image", "a b..", 'a["x'])(
  "gives nothing for %j",
  (text) => {
    expect(parseFieldPath(text)).toBeUndefined();
  },
);

test("what is written is read back", () => {
  const step = fc.oneof(fc.string({ unit: "binary" }), fc.nat());
  fc.assert(
    fc.property(fc.array(step, { minLength: 1 }), (path) => {
      expect(parseFieldPath(formatFieldPath(path))).toEqual(path);
    }),
  );
});
