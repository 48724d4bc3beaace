import { expect, test } from "@jest/globals";
import { jsonObject } from "../../test/samples.ts";
import { isJsonObject, member, objectMember, stringMember } from "./json.ts";

const OBJECT = jsonObject('{"a":{"b":"c"},"__proto__":"own","n":1,"l":[]}');

test("a list and null are no objects", () => {
  expect([{}, OBJECT, [], null, "a", undefined].map(isJsonObject)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

test("members are an object's own, whatever their name", () => {
  expect(member(OBJECT, "__proto__")).toBe("own");
  expect(member(OBJECT, "constructor")).toBeUndefined();
  expect(stringMember({}, "__proto__")).toBeUndefined();
  expect(objectMember({}, "__proto__")).toBeUndefined();
});

test("a member of another type counts as none", () => {
  expect(objectMember(OBJECT, "a")).toEqual({ b: "c" });
  expect(objectMember(OBJECT, "l")).toBeUndefined();
  expect(objectMember(OBJECT, "n")).toBeUndefined();
  expect(stringMember(OBJECT, "n")).toBeUndefined();
  expect(stringMember(objectMember(OBJECT, "a"), "b")).toBe("c");
});

test("nothing has no members", () => {
  expect(objectMember(null, "a")).toBeUndefined();
  expect(stringMember(undefined, "a")).toBeUndefined();
});
