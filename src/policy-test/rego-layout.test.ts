import { expect, test } from "@jest/globals";
import { parseValue } from "../engine/index.ts";
import { layOut } from "./rego-layout.ts";

test("a short value stands on one line", () => {
  expect(layOut(parseValue('{"a": [1, 2.50, {3}], "b": set()}'))).toBe('{"a": [1, 2.50, {3}], "b": set()}');
});

test("of a long value each member has its line, and what fits one line keeps it", () => {
  const long = "x".repeat(60);
  const value = parseValue(`{{"field": "spec", "items": ["${long}", "b"]}, {"field": "${long}"}}`);
  expect(layOut(value).split("\n")).toEqual([
    "{",
    "  {",
    '    "field": "spec",',
    `    "items": ["${long}", "b"],`,
    "  },",
    `  {"field": "${long}"},`,
    "}",
  ]);
});

test("a list, and a text that is too long by itself", () => {
  const long = "x".repeat(100);
  expect(layOut(parseValue(`["${long}", 1]`))).toBe(`[\n  "${long}",\n  1,\n]`);
});
