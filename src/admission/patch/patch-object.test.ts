// oxlint-disable unicorn/consistent-function-scoping -- what one test needs stands beside it
import { describe, expect, test } from "@jest/globals";
import { patchObjects, regoValue } from "../../../test/patch-samples.ts";
import { parseValue } from "../../engine/parse.ts";
import { RegoSet } from "../../engine/value.ts";
import { PatchFailure } from "./failure.ts";
import { readPatchObjects } from "./patch-object.ts";

const ITEM = { name: "a", image: "i" };

describe("a patch object is read", () => {
  test.each(["add", "replace", "default", "merge"])("with `op` %s and any value", (op) => {
    expect(patchObjects({ op, path: "/a/0", value: null })).toEqual([{ op, path: ["a", "0"], value: null }]);
  });

  test("with `op` remove, copy or move", () => {
    expect(
      patchObjects(
        { op: "remove", path: "" },
        { op: "copy", from: "/a", path: "/b" },
        { op: "move", from: "", path: "/b" },
      ),
    ).toEqual(
      expect.arrayContaining([
        { op: "remove", path: [] },
        { op: "copy", from: ["a"], path: ["b"] },
        { op: "move", from: [], path: ["b"] },
      ]),
    );
  });

  test.each<[string, object, object]>([
    ["the key is `name`, the position last", {}, { key: "name", id: "a", position: "last" }],
    ["a key of its own", { key: "image" }, { key: "image", id: "i" }],
    ["first", { position: "first" }, { position: "first" }],
    ["before another", { position: { before: "b" } }, { position: { before: "b" } }],
    ["after another", { position: { after: "b" } }, { position: { after: "b" } }],
  ])("with `op` upsert: %s", (_name, members, expected) => {
    expect(patchObjects({ op: "upsert", path: "/l", value: ITEM, ...members })).toMatchObject([
      { op: "upsert", path: ["l"], ...expected },
    ]);
  });

  test("from Rego's own values: a set is a list, a key that is no string is its text", () => {
    const rule = parseValue('{{"op": "add", "path": "/a", "value": {{"b", "a"}: 1, 2: {3, 1}, "n": 1e400}}}');
    expect(JSON.stringify(readPatchObjects(rule))).toBe(
      '[{"op":"add","path":["a"],"value":{"2":[1,3],"[\\"a\\",\\"b\\"]":1,"n":1e400}}]',
    );
  });

  test("from no set, if the rule is undefined, and from the empty set, as nothing", () => {
    expect(readPatchObjects(undefined)).toEqual([]);
    expect(readPatchObjects(new RegoSet([]))).toEqual([]);
  });
});

describe("is no patch object:", () => {
  test.each<[string, unknown, RegExp]>([
    ["a text", "x", /no object/],
    ["without `op`", { path: "/a" }, /`op` is missing/],
    ["with `op` test", { op: "test", path: "/a", value: 1 }, /`op` is "test", not one of add, /],
    ["with an `op` that objects inherit", { op: "constructor", path: "/a" }, /`op` is "constructor"/],
    ["with an `op` that is no text", { op: 1, path: "/a" }, /`op` is 1/],
    ["without `path`", { op: "remove" }, /`path` is missing, not a JSON pointer/],
    ["with a field path", { op: "remove", path: "spec.x" }, /`path` is "spec.x"/],
    ["with a path that is a list", { op: "remove", path: ["a"] }, /`path` is \["a"\]/],
    ["without `value`", { op: "add", path: "/a" }, /no `value`/],
    ["with a member of another op", { op: "remove", path: "/a", value: 1 }, /the member "value"/],
    ["with an unknown member", { op: "add", path: "/a", value: 1, vaule: 1 }, /the member "vaule"/],
    ["copy without `from`", { op: "copy", path: "/a" }, /`from` is missing/],
    ["upsert of a text", { op: "upsert", path: "/a", value: "x" }, /no object with a string under `name`/],
    ["upsert without the key", { op: "upsert", path: "/a", value: { x: "y" } }, /under `name`/],
    ["upsert with a number as key", { op: "upsert", path: "/a", value: { name: 1 } }, /under `name`/],
    [
      "upsert with a key that objects inherit",
      { op: "upsert", path: "/a", value: {}, key: "toString" },
      /toString/,
    ],
    ["upsert with an odd key", { op: "upsert", path: "/a", value: ITEM, key: 1 }, /`key` is 1/],
    ["upsert in the middle", { op: "upsert", path: "/a", value: ITEM, position: "middle" }, /`position`/],
    [
      "upsert at two places",
      { op: "upsert", path: "/a", value: ITEM, position: { before: "x", after: "y" } },
      /`position`/,
    ],
    [
      "upsert before a number",
      { op: "upsert", path: "/a", value: ITEM, position: { before: 1 } },
      /`position`/,
    ],
  ])("%s", (_name, patch, why) => {
    const read = (): unknown => patchObjects(patch);
    expect(read).toThrow(PatchFailure);
    expect(read).toThrow(why);
    expect(read).toThrow(expect.objectContaining({ reason: "shape" }));
  });

  test.each(["[]", '{"op": "remove"}', "true", '"x"'])("the value %s of a rule, which is no set", (text) => {
    expect(() => readPatchObjects(parseValue(text))).toThrow(/no set/);
  });
});

test("a long value is cut in a message, and stays Unicode", () => {
  const value = `${"x".repeat(57)}😀😀`;
  let message = "";
  try {
    patchObjects({ op: value, path: "/a" });
  } catch (error) {
    if (error instanceof Error) ({ message } = error);
  }
  expect(message).toMatch(/x{50}.…,/u);
  expect(message.isWellFormed()).toBe(true);
});

test("more patch objects than an API server takes operations are refused, and so is a path that has no end", () => {
  const many = (count: number) =>
    new RegoSet(Array.from({ length: count }, (_, index) => regoValue({ op: "remove", path: `/${index}` })));
  expect(readPatchObjects(many(10_000))).toHaveLength(10_000);
  expect(() => readPatchObjects(many(10_001))).toThrow(/10001 patch objects/);
  expect(patchObjects({ op: "remove", path: "/a".repeat(500) })).toHaveLength(1);
  expect(() => patchObjects({ op: "remove", path: "/a".repeat(40_000) })).toThrow(/40000 tokens/);
});
