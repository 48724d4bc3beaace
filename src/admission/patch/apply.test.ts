import { describe, expect, test } from "@jest/globals";
import { regoValue } from "../../../test/patch-samples.ts";
import { parseValue } from "../../engine/parse.ts";
import { applyPatch } from "./apply.ts";
import { PatchFailure } from "./failure.ts";
import type { PatchOperation } from "./operation.ts";

const VALUE = regoValue({ new: 1 });

function applied(object: unknown, ...patch: readonly PatchOperation[]): unknown {
  return JSON.parse(JSON.stringify(applyPatch(regoValue(object), patch)));
}

describe("an operation of RFC 6902", () => {
  test.each<[string, unknown, PatchOperation, unknown]>([
    ["adds a member", { a: 1 }, { op: "add", path: "/b", value: VALUE }, { a: 1, b: { new: 1 } }],
    ["adds over a member", { a: 1 }, { op: "add", path: "/a", value: null }, { a: null }],
    ["adds the whole document", { a: 1 }, { op: "add", path: "", value: VALUE }, { new: 1 }],
    ["adds an item at the start", [1, 2], { op: "add", path: "/0", value: "x" }, ["x", 1, 2]],
    ["adds an item behind the last by index", [1, 2], { op: "add", path: "/2", value: "x" }, [1, 2, "x"]],
    ["adds an item behind the last by -", [1, 2], { op: "add", path: "/-", value: "x" }, [1, 2, "x"]],
    ["adds a list as one item", [1], { op: "add", path: "/1", value: [null, true] }, [1, [null, true]]],
    [
      "adds deep down",
      { a: [{ b: {} }] },
      { op: "add", path: "/a/0/b/c", value: "x" },
      { a: [{ b: { c: "x" } }] },
    ],
    ["removes a member", { a: 1, b: 2 }, { op: "remove", path: "/a" }, { b: 2 }],
    ["removes an item", [1, 2, 3], { op: "remove", path: "/1" }, [1, 3]],
    ["removes a null", { a: null }, { op: "remove", path: "/a" }, {}],
    ["replaces a member", { a: 1 }, { op: "replace", path: "/a", value: "x" }, { a: "x" }],
    ["replaces an item", [1, 2], { op: "replace", path: "/1", value: "x" }, [1, "x"]],
    ["replaces the whole document", [1], { op: "replace", path: "", value: VALUE }, { new: 1 }],
    ["takes - as a key of an object", { "-": 1 }, { op: "replace", path: "/-", value: "x" }, { "-": "x" }],
    ["takes ~01 as ~1", { "~1": 1, "/": 2 }, { op: "remove", path: "/~01" }, { "/": 2 }],
  ])("%s", (_name, object, operation, expected) => {
    const value = "value" in operation ? { value: regoValue(operation.value) } : {};
    expect(applied(object, { ...operation, ...value })).toEqual(expected);
  });

  test.each<[string, unknown, PatchOperation]>([
    ["below nothing", {}, { op: "add", path: "/a/b", value: VALUE }],
    ["below a text", { a: "x" }, { op: "add", path: "/a/b", value: VALUE }],
    ["two behind the last item", [1], { op: "add", path: "/2", value: VALUE }],
    ["at an index with a leading zero", [1, 2], { op: "add", path: "/01", value: VALUE }],
    ["at a word in a list", [1], { op: "add", path: "/length", value: VALUE }],
    ["below -", [{}], { op: "add", path: "/-/a", value: VALUE }],
    ["that replaces nothing", {}, { op: "replace", path: "/a", value: VALUE }],
    ["that replaces behind the last item", [1], { op: "replace", path: "/1", value: VALUE }],
    ["that replaces -", [1], { op: "replace", path: "/-", value: VALUE }],
    ["that removes nothing", {}, { op: "remove", path: "/a" }],
    ["that removes behind the last item", [1], { op: "remove", path: "/1" }],
    ["that removes -", [1], { op: "remove", path: "/-" }],
    ["that removes everything", {}, { op: "remove", path: "" }],
    ["that removes what objects inherit", {}, { op: "remove", path: "/constructor" }],
    ["below what objects inherit", {}, { op: "add", path: "/__proto__/a", value: VALUE }],
    ["without a pointer", { a: 1 }, { op: "remove", path: "a" }],
  ])("does not fit %s", (_name, object, operation) => {
    expect(() => applied(object, operation)).toThrow(PatchFailure);
  });
});

test("operations are applied one after the other, and what came before is seen", () => {
  expect(
    applied(
      { list: [1, 2] },
      { op: "add", path: "/list/0", value: regoValue({}) },
      { op: "add", path: "/list/0/name", value: "x" },
      { op: "remove", path: "/list/1" },
      { op: "replace", path: "", value: regoValue({ only: [] }) },
      { op: "add", path: "/only/-", value: "y" },
    ),
  ).toEqual({ only: ["y"] });
});

test("the value of an operation is not changed by those after it", () => {
  const value = parseValue('{"a":[]}');
  applyPatch(regoValue({}), [
    { op: "add", path: "/x", value },
    { op: "add", path: "/x/a/-", value: "y" },
    { op: "add", path: "/x/b", value: "z" },
  ]);
  expect(JSON.stringify(value)).toBe('{"a":[]}');
});

test("keys that objects inherit are data, and numbers keep their digits", () => {
  const object = parseValue('{"__proto__":{"a":12345678901234567890},"constructor":1.10}');
  const patch: PatchOperation[] = [
    { op: "add", path: "/__proto__/__proto__", value: parseValue("1e400") },
    { op: "add", path: "/hasOwnProperty", value: true },
    { op: "remove", path: "/constructor" },
  ];
  expect(JSON.stringify(applyPatch(object, patch))).toBe(
    '{"__proto__":{"__proto__":1e400,"a":12345678901234567890},"hasOwnProperty":true}',
  );
});
