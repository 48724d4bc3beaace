// oxlint-disable unicorn/consistent-function-scoping -- what one test needs stands beside it
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { jsonObjects, jsonValues, patched, patchObjects, regoValue } from "../../../test/patch-samples.ts";
import { parseValue } from "../../engine/parse.ts";
import { applyPatchObjects } from "./apply-objects.ts";
import { PatchFailure } from "./failure.ts";
import { valueAt } from "./json.ts";
import { readPatchObjects } from "./patch-object.ts";

type Case = readonly [name: string, object: unknown, patches: readonly object[], expected: unknown];

const add = (path: string, value: unknown) => ({ op: "add", path, value });
const replace = (path: string, value: unknown) => ({ op: "replace", path, value });
const byDefault = (path: string, value: unknown) => ({ op: "default", path, value });
const merge = (path: string, value: unknown) => ({ op: "merge", path, value });
const remove = (path: string) => ({ op: "remove", path });
const move = (from: string, path: string) => ({ op: "move", from, path });
const copy = (from: string, path: string) => ({ op: "copy", from, path });
const upsert = (path: string, value: unknown, members: object = {}) => ({
  op: "upsert",
  path,
  value,
  ...members,
});

describe("one operation does what RFC 6902 says:", () => {
  test.each<Case>([
    ["add of a member", { a: 1 }, [add("/b", 2)], { a: 1, b: 2 }],
    ["add over a member", { a: 1 }, [add("/a", [2])], { a: [2] }],
    ["add of an item", { l: [1, 2] }, [add("/l/1", "x")], { l: [1, "x", 2] }],
    ["add behind the last item", { l: [1] }, [add("/l/1", "x")], { l: [1, "x"] }],
    ["add with -", { l: [1] }, [add("/l/-", ["x"])], { l: [1, ["x"]] }],
    ["add of the whole", { a: 1 }, [add("", { b: 2 })], { b: 2 }],
    ["remove of a member", { a: 1, b: 2 }, [remove("/a")], { b: 2 }],
    ["remove of an item", { l: [1, 2, 3] }, [remove("/l/1")], { l: [1, 3] }],
    ["replace of a member", { a: 1 }, [replace("/a", null)], { a: null }],
    ["replace of an item", { l: [1, 2] }, [replace("/l/0", "x")], { l: ["x", 2] }],
    ["replace of a null", { a: null }, [replace("/a", 1)], { a: 1 }],
    ["copy", { a: { b: 1 } }, [copy("/a", "/c")], { a: { b: 1 }, c: { b: 1 } }],
    ["copy into a list", { a: 1, l: [2] }, [copy("/a", "/l/0")], { a: 1, l: [1, 2] }],
    ["move", { a: { b: 1 } }, [move("/a/b", "/c")], { a: {}, c: 1 }],
    ["move over a member", { a: 1, b: 2 }, [move("/a", "/b")], { b: 1 }],
    ["move to where it is", { a: 1 }, [move("/a", "/a")], { a: 1 }],
    ["move back in a list", { l: [0, 1, 2, 3] }, [move("/l/2", "/l/0")], { l: [2, 0, 1, 3] }],
    ["move on in a list", { l: [0, 1, 2, 3] }, [move("/l/1", "/l/3")], { l: [0, 2, 3, 1] }],
    ["move by one", { l: [0, 1, 2] }, [move("/l/0", "/l/1")], { l: [1, 0, 2] }],
    ["move of an item to where it is", { l: [0, 1] }, [move("/l/0", "/l/0")], { l: [0, 1] }],
    ["move of an item to the end", { l: [0, 1, 2] }, [move("/l/0", "/l/-")], { l: [1, 2, 0] }],
    [
      "move of an item into one behind it",
      { l: [0, 1, { a: [] }] },
      [move("/l/0", "/l/1/a/-")],
      { l: [1, { a: [0] }] },
    ],
    ["add of null over a member", { a: 1 }, [add("/a", null)], { a: null }],
    ["copy in a list does not shift", { l: [0, 1] }, [copy("/l/0", "/l/2")], { l: [0, 1, 0] }],
    ["escaped keys", { "a/b": 1, "~": 2 }, [remove("/a~1b"), replace("/~0", 3)], { "~": 3 }],
    [
      "digits and - as keys of an object",
      { m: { 0: "a", "-": "b" } },
      [remove("/m/0"), replace("/m/-", "c"), add("/m/8080", 1)],
      { m: { "-": "c", 8080: 1 } },
    ],
  ])("%s", (_name, object, patches, expected) => {
    expect(patched(object, ...patches)).toEqual(expected);
  });
});

describe("unlike RFC 6902,", () => {
  test.each<Case>([
    ["missing parents are made", {}, [add("/a/b/c", 1)], { a: { b: { c: 1 } } }],
    ["null is no parent", { a: null }, [add("/a/b", 1)], { a: { b: 1 } }],
    ["- makes a list", {}, [add("/a/-", 1), add("/b/c/-", 2)], { a: [1], b: { c: [2] } }],
    ["what is not there can be removed", { a: 1 }, [remove("/b"), remove("/b/c"), remove("/l/0")], { a: 1 }],
    [
      "nothing is made to remove something from it",
      { a: null },
      [remove("/a/b"), remove("/c/d/e")],
      { a: null },
    ],
    [
      "what goes with its parent can be removed",
      { a: { b: 1 }, l: [1] },
      [remove("/a"), remove("/a/b"), remove("/l"), remove("/l/0")],
      {},
    ],
    [
      "an index that is not there can be removed",
      { l: [1] },
      [remove("/l/1"), remove("/l/x"), remove("/l/-")],
      { l: [1] },
    ],
    ["copy and move make parents", { a: 1 }, [copy("/a", "/x/y"), move("/a", "/x/z")], { x: { y: 1, z: 1 } }],
    ["default makes parents", {}, [byDefault("/a/b", 1)], { a: { b: 1 } }],
    [
      "default leaves what is there",
      { a: 0, b: "", c: false },
      [byDefault("/a", 1), byDefault("/b", 1), byDefault("/c", 1)],
      { a: 0, b: "", c: false },
    ],
    ["default takes null for absent", { a: null }, [byDefault("/a", 1)], { a: 1 }],
    [
      "default gives parents and what lies in them",
      {},
      [byDefault("/l", []), add("/l/-", 1), byDefault("/m", {}), add("/m/0", 2)],
      { l: [1], m: { 0: 2 } },
    ],
    ["merge makes parents", {}, [merge("/a/b", { c: 1, d: null })], { a: { b: { c: 1 } } }],
    [
      "merge is RFC 7396",
      { a: { b: 1, c: { d: 2 } } },
      [merge("/a", { b: null, c: { e: 3 } })],
      { a: { c: { d: 2, e: 3 } } },
    ],
    ["merge of the whole", { a: 1 }, [merge("", { b: 2 })], { a: 1, b: 2 }],
    ["merge of an item", { l: [{ a: 1 }] }, [merge("/l/0", { b: 2 })], { l: [{ a: 1, b: 2 }] }],
  ])("%s", (_name, object, patches, expected) => {
    expect(patched(object, ...patches)).toEqual(expected);
  });
});

describe("a set of patch objects means the object as the rule saw it:", () => {
  const l = [0, 1, 2, 3, 4];
  test.each<Case>([
    ["several removed", { l }, [remove("/l/0"), remove("/l/1"), remove("/l/4")], { l: [2, 3] }],
    [
      "several replaced and removed",
      { l },
      [replace("/l/0", "a"), remove("/l/1"), replace("/l/2", "c")],
      { l: ["a", "c", 3, 4] },
    ],
    [
      "several inserted",
      { l },
      [add("/l/0", "a"), add("/l/1", "b"), add("/l/5", "c"), add("/l/-", "d")],
      { l: ["a", 0, "b", 1, 2, 3, 4, "c", "d"] },
    ],
    ["several inserted at one index", { l: [0] }, [add("/l/0", "a"), add("/l/0", "b")], { l: ["a", "b", 0] }],
    ["inserted where one goes", { l }, [add("/l/1", "b"), remove("/l/1")], { l: [0, "b", 2, 3, 4] }],
    [
      "below several items",
      { l: [{ a: 1 }, { a: 1 }] },
      [replace("/l/0/a", 2), add("/l/1/b", 3), add("/l/0", "x")],
      { l: ["x", { a: 2 }, { a: 1, b: 3 }] },
    ],
    ["exchanged", { a: 1, b: 2 }, [move("/a", "/b"), move("/b", "/a")], { a: 2, b: 1 }],
    ["copied from what goes", { a: 1 }, [copy("/a", "/b"), replace("/a", 2)], { a: 2, b: 1 }],
    [
      "moved one after the other",
      { l },
      [move("/l/0", "/l/-"), move("/l/1", "/l/-")],
      { l: [2, 3, 4, 0, 1] },
    ],
    ["the same twice in other words", { a: 1 }, [replace("/a", 2), add("/a", 2)], { a: 2 }],
    [
      "set and merged in agreement",
      {},
      [add("/a", { x: 1 }), merge("/a", { y: 2 }), add("/a/z", 3)],
      { a: { x: 1, y: 2, z: 3 } },
    ],
    ["set where it goes", { a: { b: 1 } }, [remove("/a"), add("/a/c", 2)], { a: { c: 2 } }],
    ["added to a list that is not there and taken from it", {}, [add("/l/-", 1), remove("/l/0")], { l: [1] }],
  ])("%s", (_name, object, patches, expected) => {
    expect(patched(object, ...patches)).toEqual(expected);
    expect(patched(object, ...patches.toReversed())).toEqual(expected);
  });
});

describe("upsert", () => {
  const a = { name: "a", x: 1, kept: true };
  const b = { name: "b" };
  const n = { name: "n", x: 2 };
  test.each<Case>([
    [
      "merges into the item with the key",
      { l: [b, a] },
      [upsert("/l", { name: "a", x: 2, y: { z: null } })],
      { l: [b, { name: "a", x: 2, kept: true, y: {} }] },
    ],
    [
      "merges into the first of two",
      { l: [a, a] },
      [upsert("/l", { name: "a", x: 2 })],
      { l: [{ ...a, x: 2 }, a] },
    ],
    [
      "takes a member away with null",
      { l: [a] },
      [upsert("/l", { name: "a", x: null })],
      { l: [{ name: "a", kept: true }] },
    ],
    ["inserts last", { l: [a] }, [upsert("/l", n)], { l: [a, n] }],
    ["inserts first", { l: [a] }, [upsert("/l", n, { position: "first" })], { l: [n, a] }],
    ["inserts before", { l: [a, b] }, [upsert("/l", n, { position: { before: "b" } })], { l: [a, n, b] }],
    ["inserts after", { l: [a, b] }, [upsert("/l", n, { position: { after: "a" } })], { l: [a, n, b] }],
    [
      "inserts first if what it should stand before is missing",
      { l: [a] },
      [upsert("/l", n, { position: { before: "z" } })],
      { l: [n, a] },
    ],
    [
      "inserts last if what it should stand after is missing",
      { l: [a] },
      [upsert("/l", n, { position: { after: "z" } })],
      { l: [a, n] },
    ],
    ["never moves what is there", { l: [a, n] }, [upsert("/l", n, { position: "first" })], { l: [a, n] }],
    ["inserts without nulls", { l: [] }, [upsert("/l", { ...n, y: null })], { l: [n] }],
    ["makes the list", {}, [upsert("/s/l", n)], { s: { l: [n] } }],
    ["makes a list of null", { l: null }, [upsert("/l", n)], { l: [n] }],
    [
      "knows other keys",
      { l: [{ mountPath: "/a" }] },
      [upsert("/l", { mountPath: "/a", name: "v" }, { key: "mountPath" })],
      { l: [{ mountPath: "/a", name: "v" }] },
    ],
    [
      "passes over items without the key",
      { l: ["n", { name: 1 }, null] },
      [upsert("/l", n)],
      { l: ["n", { name: 1 }, null, n] },
    ],
    [
      "of several",
      { l: [a] },
      [upsert("/l", n), upsert("/l", b), upsert("/l", { name: "a", x: 3 })],
      { l: [{ ...a, x: 3 }, b, n] },
    ],
    [
      "finds what an index means before others come and go",
      { l: [a, b] },
      [upsert("/l", { name: "b", x: 9 }), remove("/l/0")],
      { l: [{ name: "b", x: 9 }] },
    ],
  ])("%s", (_name, object, patches, expected) => {
    expect(patched(object, ...patches)).toEqual(expected);
  });

  test("of 10,000 items into a list of 50,000 ends", () => {
    const items = Array.from({ length: 50_000 }, (_, index) => ({ name: `n${index}` }));
    const patches = Array.from({ length: 10_000 }, (_, index) =>
      upsert("/l", { name: `n${index * 10}`, x: 1 }),
    );
    const object = regoValue({ l: items });
    const list = valueAt(applyPatchObjects(object, patchObjects(...patches)), ["l"]);
    expect(Array.isArray(list) ? list.length : 0).toBe(55_000);
    expect(JSON.stringify(valueAt(regoValue(list), ["10"]))).toBe('{"name":"n10","x":1}');
  });
});

describe("refused, naming the place:", () => {
  test.each<readonly [string, unknown, readonly object[], RegExp]>([
    ["replace of nothing", {}, [replace("/a", 1)], /nothing at \/a to replace/],
    ["replace below nothing", {}, [replace("/a/b", 1)], /nothing at \/a\/b/],
    ["replace behind the last item", { l: [1] }, [replace("/l/1", 2)], /\/l\/1 names no item/],
    ["replace of -", { l: [1] }, [replace("/l/-", 2)], /\/l\/- names no item/],
    ["add two behind the last item", { l: [1] }, [add("/l/2", 2)], /which has 1/],
    ["a word in a list", { l: [1] }, [add("/l/length", 2)], /\/l\/length names no item/],
    ["below - of a list", { l: [{}] }, [add("/l/-/a", 2)], /\/l\/- names no item/],
    ["an index below nothing", {}, [add("/l/0", 1)], /\/l\/0 lies in nothing/],
    ["- and a word below nothing", {}, [add("/l/-", 1), add("/l/a", 1)], /\/l\/- lies in nothing/],
    ["below a text", { a: "x" }, [add("/a/b", 1)], /\/a\/b lies in a string/],
    ["copy from nothing", {}, [copy("/a", "/b")], /nothing at \/a to copy from/],
    ["move from nothing", {}, [move("/a", "/b")], /nothing at \/a to move from/],
    ["move from what objects inherit", {}, [move("/constructor", "/b")], /nothing at \/constructor/],
    ["move into itself", { a: { b: 1 } }, [move("/a", "/a/b")], /\/a cannot be moved into itself/],
    [
      "move of an item into itself",
      { l: [0, { a: [] }] },
      [move("/l/0", "/l/0/a/-")],
      /\/l\/0 cannot be moved/,
    ],
    ["upsert into an object", { l: {} }, [upsert("/l", { name: "a" })], /at \/l is no list/],
    ["no object left", { a: 1 }, [add("", [1])], /no object/],
    ["the object removed", { a: 1 }, [remove("")], /no object/],
    ["two values added", {}, [add("/a", 1), add("/a", 2)], /two different things at \/a/],
    ["two values for replace", { a: 0 }, [replace("/a", 1), replace("/a", 2)], /at \/a/],
    ["two values for default", {}, [byDefault("/a", 1), byDefault("/a", 2)], /at \/a/],
    ["added and replaced", { a: 0 }, [add("/a", 1), replace("/a", 2)], /at \/a/],
    ["replaced and removed", { a: 0 }, [replace("/a", 1), remove("/a")], /at \/a/],
    ["an item replaced and removed", { l: [0] }, [replace("/l/0", 1), remove("/l/0")], /at \/l\/0/],
    ["an item changed and removed", { l: [{ a: 1 }] }, [replace("/l/0/a", 2), remove("/l/0")], /at \/l\/0/],
    ["an item replaced twice", { l: [0] }, [replace("/l/0", 1), replace("/l/0", 2)], /at \/l\/0/],
    ["two merges that differ", {}, [merge("/a", { x: 1 }), merge("/a", { x: 2 })], /at \/a/],
    ["merge and add that differ", {}, [merge("/a", { x: 1 }), add("/a/x", 2)], /at \/a\/x/],
    ["merge and remove that differ", { a: { x: 1 } }, [merge("/a", { x: 1 }), remove("/a/x")], /at \/a\/x/],
    ["a parent set and merged otherwise", {}, [add("/a", { x: 1 }), merge("/a", { x: 2 })], /at \/a/],
    [
      "a parent set and a member set otherwise",
      {},
      [add("/a", { x: { y: 1 } }), add("/a/x/y", 2)],
      /at \/a\/x\/y/,
    ],
    [
      "two upserts of one item that differ",
      {},
      [upsert("/l", { name: "a", x: 1 }), upsert("/l", { name: "a", x: 2 })],
      /at \/l/,
    ],
    ["two moved to one place", { a: 1, b: 2 }, [move("/a", "/c"), move("/b", "/c")], /at \/c/],
  ])("%s", (_name, object, patches, why) => {
    const apply = (): unknown => patched(object, ...patches);
    expect(apply).toThrow(PatchFailure);
    expect(apply).toThrow(why);
    expect(() => patched(object, ...patches.toReversed())).toThrow(PatchFailure);
  });
});

describe("the object stays the very same", () => {
  const object = parseValue('{"a":{"b":[1.0]},"l":[{"name":"x","v":1}],"n":null}');
  test.each([
    ["without patches", []],
    [
      "if members are set to what they are",
      [add("/a", { b: [1] }), replace("/a/b/0", 1), merge("/a", { b: [1] })],
    ],
    ["if what is missing is removed", [remove("/x"), remove("/a/c"), remove("/l/5")]],
    ["if items are what they should be", [upsert("/l", { name: "x", v: 1 })]],
    ["if nothing is missing", [byDefault("/a/b", 3)]],
  ])("%s", (_name, patches) => {
    expect(applyPatchObjects(object, patchObjects(...patches))).toBe(object);
  });
});

test("keys that objects inherit are data, and numbers keep their digits", () => {
  const rule = `{{"op": "add", "path": "/__proto__/polluted", "value": 12345678901234567890},
    {"op": "default", "path": "/constructor/prototype/x", "value": 1.10},
    {"op": "merge", "path": "", "value": {"hasOwnProperty": {"__proto__": 1e400}}}}`;
  const result = applyPatchObjects(parseValue('{"a":1.50}'), readPatchObjects(parseValue(rule)));
  expect(JSON.stringify(result)).toBe(
    '{"__proto__":{"polluted":12345678901234567890},"a":1.50,"constructor":{"prototype":{"x":1.10}},"hasOwnProperty":{"__proto__":1e400}}',
  );
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
});

test("a path of 500 levels into an object of 1,000 is no matter for the stack", () => {
  const deep = parseValue('{"a":'.repeat(1_000) + "1" + "}".repeat(1_000));
  const below = { op: "add", path: "/a".repeat(500), value: { a: 1 } };
  expect(applyPatchObjects(deep, patchObjects(below))).not.toBe(deep);
  expect(applyPatchObjects(deep, patchObjects(copy("/a", "/b".repeat(500))))).not.toBe(deep);
});

test("the order in which the patch objects come changes nothing", () => {
  const path = fc
    .array(fc.constantFrom("a", "b", "0", "1", "-"), { maxLength: 3 })
    .map((tokens) => tokens.map((token) => `/${token}`).join(""));
  const value = fc.oneof(
    fc.constantFrom(null, 1, 2),
    jsonValues.map((each) => JSON.parse(JSON.stringify(each)) as unknown),
  );
  const op = fc.constantFrom("add", "replace", "default", "merge");
  const patch = fc.oneof(
    fc.record({ op, path, value }),
    fc.record({ op: fc.constant("remove"), path }),
    fc.record({ op: fc.constantFrom("copy", "move"), path, from: path }),
  );
  const outcome = (run: () => unknown): unknown => {
    try {
      return JSON.stringify(run());
    } catch (error) {
      if (error instanceof PatchFailure) return "refused";
      throw error;
    }
  };
  const object = fc.oneof(
    jsonObjects,
    fc.constant(regoValue({ a: [{ a: 1 }, 2, null], b: { a: { b: [] }, 0: 1 } })),
  );
  fc.assert(
    fc.property(object, fc.array(patch, { maxLength: 5 }), (given, patches) => {
      const objects = patchObjects(...patches);
      // Items that are inserted at one place come in OPA's order of the set, so only that order may be given.
      const inserted = objects.filter(({ op: name }) => name === "add" || name === "copy" || name === "move");
      fc.pre(new Set(inserted.map((each) => each.path.join("/"))).size === inserted.length);
      fc.pre(
        inserted.every((each) => !each.path.includes("-")) &&
          !inserted.some(({ op: name }) => name === "move"),
      );
      expect(outcome(() => applyPatchObjects(given, objects.toReversed()))).toBe(
        outcome(() => applyPatchObjects(given, objects)),
      );
    }),
    { numRuns: 2_000 },
  );
});
