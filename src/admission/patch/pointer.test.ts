import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { arrayIndex, formatPointer, parsePointer } from "./pointer.ts";

describe("a JSON pointer", () => {
  test.each<[string, readonly string[]]>([
    ["", []],
    ["/", [""]],
    ["/spec/containers/0", ["spec", "containers", "0"]],
    ["/metadata/annotations/example.com~1team", ["metadata", "annotations", "example.com/team"]],
    ["/a~0b", ["a~b"]],
    ["/~01", ["~1"]],
    ["/~10", ["/0"]],
    ["/a//b/", ["a", "", "b", ""]],
    ["/__proto__/ ", ["__proto__", " "]],
  ])("%j names %j", (text, tokens) => {
    expect(parsePointer(text)).toEqual(tokens);
    expect(formatPointer(tokens)).toBe(text);
  });

  test.each(["a", "a/b", "#/a", " /a", "/~", "/a~2", "/~a/b", "/a~"])("is not %j", (text) => {
    expect(parsePointer(text)).toBeUndefined();
  });

  test("is read back as it was written, whatever the tokens", () => {
    const token = fc.oneof(fc.string(), fc.constantFrom("~", "/", "~0", "~1", "~01", "", "-"));
    fc.assert(
      fc.property(fc.array(token), (tokens) => {
        expect(parsePointer(formatPointer(tokens))).toEqual(tokens);
      }),
    );
  });
});

test.each<[string, number | undefined]>([
  ["0", 0],
  ["7", 7],
  ["10", 10],
  ["00", undefined],
  ["01", undefined],
  ["-", undefined],
  ["-1", undefined],
  ["+1", undefined],
  ["1.0", undefined],
  ["1e0", undefined],
  ["", undefined],
  [" 1", undefined],
  ["١", undefined],
])("the token %j names the index %j", (token, index) => {
  expect(arrayIndex(token)).toBe(index);
});
