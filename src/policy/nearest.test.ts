import { expect, test } from "@jest/globals";
import { suggestion } from "./nearest.ts";

test.each([
  ["severty", "; did you mean `severity`?"],
  ["titel", "; did you mean `title`?"],
  ["SEVERITY", "; did you mean `severity`?"],
  ["owner", ""],
  ["", ""],
])("for `%s` the suggestion is `%s`", (name, text) => {
  expect(suggestion(name, ["title", "severity", "category"])).toBe(text);
});
