// oxlint-disable unicorn/consistent-function-scoping -- what one test needs stands beside it
import { expect, test } from "@jest/globals";
import { regoValue } from "../../../test/patch-samples.ts";
import { RegoObject, type RegoValue } from "../../engine/value.ts";
import { PatchFailure } from "./failure.ts";
import { ObjectVersion } from "./object-version.ts";

const MIB = 1024 * 1024;

/** A value that holds `leaf` 2 to the power of `times` times, in as many objects as `times`. */
function doubled(leaf: RegoValue, times: number): RegoValue {
  let value = leaf;
  for (let time = 0; time < times; time += 1) {
    value = new RegoObject([
      ["a", value],
      ["b", value],
    ]);
  }
  return value;
}

test("a version keeps every digit of its numbers", () => {
  const text = '{"n":[12345678901234567890,1.10,1e400,-0.0,1E+2]}';
  const version = new ObjectVersion(text);
  expect(JSON.stringify(version.value)).toBe(text);
  expect(version.next(version.value).text).toBe(text);
});

test("the value is read once", () => {
  const version = new ObjectVersion('{"a":1}');
  expect(version.value).toBe(version.value);
});

test("the next version has the text and the value that it is given", () => {
  const value = regoValue({ ä: ["😀"] });
  const next = new ObjectVersion("{}").next(value);
  expect(next.value).toBe(value);
  expect(next.text).toBe('{"ä":["😀"]}');
});

test("an object beyond what an API server takes is refused, unless it came so large", () => {
  const first = new ObjectVersion("{}");
  const large = (length: number): RegoValue => new RegoObject([["a", "x".repeat(length)]]);
  expect(first.next(large(3 * MIB - 100)).text).toHaveLength(3 * MIB - 92);
  expect(() => first.next(large(3 * MIB))).toThrow(PatchFailure);
  const came = new ObjectVersion(JSON.stringify(large(4 * MIB)));
  expect(came.next(large(4 * MIB - 10)).text).toHaveLength(4 * MIB - 2);
  expect(() => came.next(large(4 * MIB + 1))).toThrow(/larger/);
});

test("an object that holds itself 2^60 times over is refused without being walked", () => {
  expect(() => new ObjectVersion("{}").next(doubled("x", 60))).toThrow(/larger/);
  expect(() => new ObjectVersion("{}").next(doubled([], 60))).toThrow(/larger/);
});

test("an object nested deeper than 1,000 levels is refused when it is read and when it is made", () => {
  const nested = (levels: number): string => '{"a":'.repeat(levels) + "1" + "}".repeat(levels);
  const deepest = new ObjectVersion(nested(1_000));
  expect(deepest.next(deepest.value).text).toBe(nested(1_000));
  expect(() => new ObjectVersion(nested(1_001)).value).toThrow(PatchFailure);
  expect(() => new ObjectVersion(nested(9_000)).value).toThrow(/deeper than 1000 levels/);
  const deeper = new RegoObject([["a", deepest.value]]);
  expect(() => deepest.next(deeper)).toThrow(/nested deeper/);
});
