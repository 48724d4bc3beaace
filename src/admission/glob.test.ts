import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { globMatches } from "./glob.ts";

test("agrees with a regular expression for every pattern and name", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "-", "*"), maxLength: 8 });
  fc.assert(
    fc.property(text, text, (pattern, name) => {
      const expected = new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(name);
      expect(globMatches(pattern, name)).toBe(expected);
    }),
    { numRuns: 2_000 },
  );
});
