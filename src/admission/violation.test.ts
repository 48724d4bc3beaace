import { expect, test } from "@jest/globals";
import { RegoNumber, RegoObject, RegoSet, type RegoValue } from "../engine/value.ts";
import { readViolations } from "./violation.ts";

function object(members: Record<string, RegoValue>): RegoObject {
  return new RegoObject(Object.entries(members));
}

const NOTHING_MORE = { field: undefined, details: undefined, remediation: undefined };

test("an undefined rule and an empty set are no violations", () => {
  expect(readViolations(undefined, "deny").violations).toEqual([]);
  expect(readViolations(new RegoSet([]), "deny")).toEqual({ violations: [], error: undefined });
});

test("a string is a message", () => {
  expect(readViolations(new RegoSet(["a", ""]), "deny").violations).toEqual([
    { message: "a", ...NOTHING_MORE },
    { message: "", ...NOTHING_MORE },
  ]);
});

test("an object has `msg` and what else it says", () => {
  const details = object({ n: new RegoNumber("12345678901234567890") });
  const item = object({ msg: "a", field: "spec.replicas", details, remediation: "lower it", other: null });
  expect(readViolations(new RegoSet([item]), "deny").violations).toEqual([
    { message: "a", field: "spec.replicas", details, remediation: "lower it" },
  ]);
});

test("an object may say `message`, but `msg` counts first", () => {
  const items = new RegoSet([object({ message: "a" }), object({ message: "a", msg: "b" })]);
  expect(readViolations(items, "deny").violations.map(({ message }) => message)).toEqual(["a", "b"]);
});

test("details that are null or false are details", () => {
  const items = new RegoSet([object({ msg: "a", details: null }), object({ msg: "b", details: false })]);
  expect(readViolations(items, "deny").violations.map(({ details }) => details)).toEqual([null, false]);
});

test.each<[string, RegoValue, RegExp]>([
  ["true", true, /it is a boolean, not a set/],
  ["a string", "no", /it is a string, not a set/],
  ["null", null, /it is null, not a set/],
  ["an array", ["no"], /it is an array, not a set/],
  ["an object", object({ a: "no" }), /it is an object, not a set/],
  ["a number in the set", new RegoSet([new RegoNumber("1")]), /it holds a number/],
  ["a set in the set", new RegoSet([new RegoSet([])]), /it holds a set/],
  ["null beside a violation", new RegoSet(["a", null]), /it holds null/],
  ["an object without a message", new RegoSet([object({ field: "spec" })]), /without `msg`/],
  ["a message that is no string", new RegoSet([object({ msg: new RegoNumber("1") })]), /`msg` is a number/],
  ["a field that is no string", new RegoSet([object({ msg: "a", field: ["spec"] })]), /`field` is an array/],
  [
    "a remediation that is no string",
    new RegoSet([object({ msg: "a", remediation: true })]),
    /`remediation` is a boolean/,
  ],
])("%s is refused, never ignored", (_name, value, why) => {
  const { error } = readViolations(value, "deny of a/b");
  expect(error).toMatchObject({ code: "RESULT_SHAPE", message: expect.stringMatching(why) });
  expect(error?.message).toContain("deny of a/b");
});

test("what is no violation hides none beside it", () => {
  const { violations, error } = readViolations(new RegoSet([null, "a", new RegoNumber("1"), "b"]), "deny");
  expect(violations.map(({ message }) => message)).toEqual(["a", "b"]);
  expect(error?.message).toMatch(/it holds null/);
});
