// oxlint-disable unicorn/consistent-function-scoping -- what one test needs stands beside it
import { describe, expect, test } from "@jest/globals";
import fastJsonPatch, { type Operation } from "fast-json-patch";
import fc from "fast-check";
import { editedValues, jsonValues, regoValue } from "../../../test/patch-samples.ts";
import { compare } from "../../engine/compare.ts";
import { parseValue } from "../../engine/parse.ts";
import type { RegoValue } from "../../engine/value.ts";
import { applyPatch } from "./apply.ts";
import { diff } from "./diff.ts";

/** The operations from one plain value to another, plain. */
function operations(before: unknown, after: unknown): unknown {
  return JSON.parse(JSON.stringify(diff(regoValue(before), regoValue(after))));
}

const env = (name: string, value = "1") => ({ name, value });

describe("the difference", () => {
  test.each<[string, unknown, unknown, unknown]>([
    ["of equal objects is empty", { a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
    [
      "of members: what goes, then what comes or changes, by key",
      { a: 1, b: 2, d: 4 },
      { b: 3, c: 1, e: 5 },
      [
        { op: "remove", path: "/a" },
        { op: "remove", path: "/d" },
        { op: "replace", path: "/b", value: 3 },
        { op: "add", path: "/c", value: 1 },
        { op: "add", path: "/e", value: 5 },
      ],
    ],
    [
      "escapes keys",
      { "a/b": { "~": 1 } },
      { "a/b": { "~": 2 } },
      [{ op: "replace", path: "/a~1b/~0", value: 2 }],
    ],
    ["of null and absent is an operation", { a: null }, {}, [{ op: "remove", path: "/a" }]],
    [
      'of false, null, 0, "", [] and {} is told',
      [false, 0, []],
      [null, "", {}],
      [
        { op: "replace", path: "/0", value: null },
        { op: "replace", path: "/1", value: "" },
        { op: "replace", path: "/2", value: {} },
      ],
    ],
    [
      "of an object and a list is the whole",
      { a: {} },
      { a: [] },
      [{ op: "replace", path: "/a", value: [] }],
    ],
    ["of whole values is at the root", 1, "x", [{ op: "replace", path: "", value: "x" }]],
  ])("%s", (_name, before, after, expected) => {
    expect(operations(before, after)).toEqual(expected);
  });

  test("of numbers is of their values, not of how they are written", () => {
    const numbers = (text: string): RegoValue => parseValue(`{"n":[${text}]}`);
    expect(diff(numbers("1,1.0,100,0"), numbers("1.0,1,1e2,-0"))).toEqual([]);
    expect(JSON.stringify(diff(numbers("12345678901234567890"), numbers("12345678901234567891")))).toBe(
      '[{"op":"replace","path":"/n/0","value":12345678901234567891}]',
    );
  });
});

describe("the difference of lists leaves alone what is still there:", () => {
  const [a, b, c, d] = [env("a"), env("b"), env("c"), env("d")];
  test.each<[string, unknown, unknown, unknown]>([
    ["inserted first", [b, c], [a, b, c], [{ op: "add", path: "/0", value: a }]],
    ["inserted in the middle", [a, c], [a, b, c], [{ op: "add", path: "/1", value: b }]],
    [
      "inserted last",
      [a],
      [a, b, c],
      [
        { op: "add", path: "/1", value: b },
        { op: "add", path: "/2", value: c },
      ],
    ],
    ["removed from the middle", [a, b, c], [a, c], [{ op: "remove", path: "/1" }]],
    [
      "removed twice, from the end",
      [a, b, c, d],
      [b, d],
      [
        { op: "remove", path: "/2" },
        { op: "remove", path: "/0" },
      ],
    ],
    [
      "all removed",
      [a, b],
      [],
      [
        { op: "remove", path: "/1" },
        { op: "remove", path: "/0" },
      ],
    ],
    ["changed in place", [a, b, c], [a, env("b", "2"), c], [{ op: "replace", path: "/1/value", value: "2" }]],
    [
      "changed by key behind one that came",
      [a, b],
      [c, a, env("b", "2")],
      [
        { op: "add", path: "/0", value: c },
        { op: "replace", path: "/2/value", value: "2" },
      ],
    ],
    [
      "another key is another item",
      [a, b],
      [a, c],
      [
        { op: "remove", path: "/1" },
        { op: "add", path: "/1", value: c },
      ],
    ],
    [
      "one moved to the end",
      [a, b, c],
      [b, c, a],
      [
        { op: "remove", path: "/0" },
        { op: "add", path: "/2", value: a },
      ],
    ],
    ["unkeyed: inserted", ["x", "z"], ["x", "y", "z"], [{ op: "add", path: "/1", value: "y" }]],
    ["unkeyed: changed", ["x", "y"], ["x", "w"], [{ op: "replace", path: "/1", value: "w" }]],
    ["unkeyed: equal items", ["x", "x"], ["x", "x", "x"], [{ op: "add", path: "/2", value: "x" }]],
    ["two with one name", [a, a, b], [a, b], [{ op: "remove", path: "/1" }]],
    [
      "keyed by mount path",
      [
        { mountPath: "/a", name: "v" },
        { mountPath: "/b", name: "v" },
      ],
      [
        { mountPath: "/x", name: "v" },
        { mountPath: "/a", name: "v" },
        { mountPath: "/b", name: "w" },
      ],
      [
        { op: "add", path: "/0", value: { mountPath: "/x", name: "v" } },
        { op: "replace", path: "/2/name", value: "w" },
      ],
    ],
    ["lists in lists", [["x"], ["y"]], [["x"], ["y", "z"]], [{ op: "add", path: "/1/1", value: "z" }]],
  ])("%s", (_name, before, after, expected) => {
    expect(operations(before, after)).toEqual(expected);
  });
});

describe("of large lists", () => {
  const list = <T>(count: number, item: (index: number) => T): readonly T[] =>
    Array.from({ length: count }, (_, i) => item(i));

  test("one of 10,000 items inserted in the middle is one operation", () => {
    const before = list(10_000, (index) => env(`n${index}`));
    const after = before.toSpliced(5_000, 0, env("new"));
    expect(operations(before, after)).toEqual([{ op: "add", path: "/5000", value: env("new") }]);
  });

  test("the ends of 300,000 items changed are two operations", () => {
    const before = list(300_000, (index) => index);
    expect(operations(before, before.with(0, -1).with(299_999, -1))).toEqual([
      { op: "replace", path: "/0", value: -1 },
      { op: "replace", path: "/299999", value: -1 },
    ]);
  });

  test.each<[string, (index: number, side: string) => unknown]>([
    ["with names", (index, side) => env(`${side}${index}`)],
    ["of texts", (index, side) => `${side}${index}`],
  ])("two that have nothing in common, of 5,000 items %s, lead from one to the other", (_name, item) => {
    const [before, after] = [
      regoValue(list(5_000, (index) => item(index, "a"))),
      regoValue(list(5_000, (index) => item(index, "b"))),
    ];
    expect(compare(applyPatch(before, diff(before, after)), after)).toBe(0);
  });

  test("an object or a list with more than 10,000 differences is replaced whole, and what is beside it is not", () => {
    const labels = (count: number, value: string) =>
      Object.fromEntries(list(count, (index) => `k${index}`).map((key) => [key, value]));
    const before = {
      few: labels(10_000, "a"),
      many: labels(10_001, "a"),
      items: list(20_000, (index) => index),
    };
    const after = { ...before, many: labels(10_001, "b") };
    expect(operations(before, after)).toEqual([{ op: "replace", path: "/many", value: after.many }]);
    expect(operations(before, { ...before, few: labels(10_000, "b") })).toHaveLength(10_000);
    const items = before.items.map((item) => [item]);
    expect(operations(before, { ...before, items })).toEqual([
      { op: "replace", path: "/items", value: items },
    ]);
  });
});

const pairs = fc.oneof(editedValues, fc.tuple(jsonValues, jsonValues));

test("the difference leads from any value to any other, and is empty from a value to itself", () => {
  fc.assert(
    fc.property(pairs, ([before, after]) => {
      const patch = diff(before, after);
      expect(compare(applyPatch(before, patch), after)).toBe(0);
      expect(patch.length === 0).toBe(compare(before, after) === 0);
      expect(diff(after, parseValue(JSON.stringify(after)))).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});

test("another implementation of RFC 6902 comes to the same, with add, remove and replace alone", () => {
  const isPrototype = (path: string): boolean => /\/__proto__(\/|$)|\/constructor\/prototype/.test(path);
  fc.assert(
    fc.property(pairs, ([before, after]) => {
      const patch = diff(before, after);
      // fast-json-patch refuses this key wherever it stands.
      fc.pre(!patch.some(({ path }) => isPrototype(path)));
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is written is what `PatchOperation` says
      const plain = JSON.parse(JSON.stringify(patch)) as Operation[];
      expect(plain.every(({ op }) => ["add", "remove", "replace"].includes(op))).toBe(true);
      const { newDocument } = fastJsonPatch.applyPatch<unknown>(
        JSON.parse(JSON.stringify(before)),
        plain,
        true,
        false,
      );
      expect(compare(parseValue(JSON.stringify(newDocument)), after)).toBe(0);
    }),
    { numRuns: 2_000 },
  );
});
