import { expect, test } from "@jest/globals";
import { builtinErrorNotes } from "./builtin-error-note.ts";

const ERROR = { policy: "shop/owner", rule: "deny", builtin: "units.parse", message: "units.parse: why" };

test("each builtin that failed is a note with rule, policy and reason, and the rest is a number", () => {
  const builtinErrors = [
    { ...ERROR, count: 1 },
    { ...ERROR, message: "units.parse: other", count: 3 },
  ];
  expect(builtinErrorNotes({ builtinErrors, moreBuiltinErrors: 2, printed: [] })).toEqual([
    "A builtin function failed in deny of shop/owner, so what depends on it is undefined: units.parse: why.",
    "A builtin function failed in deny of shop/owner (3 times), so what depends on it is undefined: units.parse: other.",
    "Builtin functions failed 2 times more.",
  ]);
});

test("there are no notes where nothing failed", () => {
  expect(builtinErrorNotes(undefined)).toEqual([]);
});
