// oxlint-disable unicorn/consistent-function-scoping -- what one test needs stands beside it
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { jsonValues, regoValue } from "../../../test/patch-samples.ts";
import { compare } from "../../engine/compare.ts";
import { mergePatch, unionOfPatches } from "./merge.ts";

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

describe("a merge patch (RFC 7396)", () => {
  test.each<[unknown, unknown, unknown]>([
    [{ a: 1 }, { b: 2 }, { a: 1, b: 2 }],
    [{ a: 1, b: 2 }, { a: null }, { b: 2 }],
    [{ a: { b: 1, c: 2 } }, { a: { b: 3, c: null } }, { a: { b: 3 } }],
    [{ a: [1, 2] }, { a: [3, null] }, { a: [3, null] }],
    [{ a: "x" }, { a: { b: { c: null, d: 1 } } }, { a: { b: { d: 1 } } }],
    [{ a: 1 }, {}, { a: 1 }],
    [{ a: 1 }, [1], [1]],
    [{ a: 1 }, "x", "x"],
    [[1], { a: 1 }, { a: 1 }],
    [null, { a: 1 }, { a: 1 }],
    [{ a: null }, { b: 1 }, { a: null, b: 1 }],
  ])("of %j with %j is %j", (target, patch, expected) => {
    expect(plain(mergePatch(regoValue(target), regoValue(patch)))).toEqual(expected);
  });

  test("changes nothing the second time", () => {
    fc.assert(
      fc.property(jsonValues, jsonValues, (target, patch) => {
        const once = mergePatch(target, patch);
        expect(compare(mergePatch(once, patch), once)).toBe(0);
      }),
    );
  });

  test("of 100,000 members over as many ends", () => {
    const labels = (value: string) =>
      regoValue(Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`k${index}`, value])));
    expect(compare(mergePatch(labels("a"), labels("b")), labels("b"))).toBe(0);
  });
});

describe("several merge patches at one place", () => {
  test.each<[string, readonly unknown[], unknown]>([
    ["none", [], undefined],
    ["one", [{ a: null }], { a: null }],
    [
      "that agree",
      [{ a: 1, x: { y: 1 } }, { b: 2, x: { z: null } }, { a: 1 }],
      { a: 1, b: 2, x: { y: 1, z: null } },
    ],
    ["that are equal texts", ["x", "x"], "x"],
    ["that say two things of one member", [{ a: 1 }, { a: 2 }], undefined],
    ["that set and remove", [{ a: 1 }, { a: null }], undefined],
    ["of which one is no object", [{ a: 1 }, "x"], undefined],
    ["that say two things deep down", [{ a: { b: { c: 1 } } }, { a: { b: { c: 2 } } }], undefined],
    ["that differ in a list", [{ a: [1] }, { a: [1, 2] }], undefined],
  ])("%s", (_name, patches, expected) => {
    expect(plain(unionOfPatches(patches.map(regoValue)))).toEqual(expected);
  });
});
