import { expect, test } from "@jest/globals";
import { LabelSelector } from "../policy/binding.ts";
import { labelsOf, labelTexts, requirementTexts, selectorKeys, selects } from "./selector.ts";

const labels = { team: "web", tier: "front", constructor: "x" };
const expression = (key: string, operator: string, values?: readonly string[]) =>
  LabelSelector.parse({ matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }] });

test.each([
  ["an empty selector", LabelSelector.parse({}), true],
  ["equal labels", LabelSelector.parse({ matchLabels: { team: "web", tier: "front" } }), true],
  ["one label of two", LabelSelector.parse({ matchLabels: { team: "web", tier: "back" } }), false],
  ["In with the value", expression("team", "In", ["api", "web"]), true],
  ["In without the value", expression("team", "In", ["api"]), false],
  ["In of an absent key", expression("owner", "In", ["api"]), false],
  ["NotIn with the value", expression("team", "NotIn", ["web"]), false],
  ["NotIn without the value", expression("team", "NotIn", ["api"]), true],
  ["NotIn of an absent key", expression("owner", "NotIn", ["api"]), true],
  ["Exists", expression("tier", "Exists"), true],
  ["Exists of an absent key", expression("owner", "Exists"), false],
  ["DoesNotExist", expression("tier", "DoesNotExist"), false],
  ["DoesNotExist of an absent key", expression("owner", "DoesNotExist"), true],
  ["a key that every JavaScript object inherits", expression("toString", "Exists"), false],
  ["a label named constructor", expression("constructor", "In", ["x"]), true],
])("%s", (_name, selector, expected) => {
  expect(selects(selector, labels)).toBe(expected);
});

test("without labels only negative requirements fit", () => {
  expect(selects(expression("team", "Exists"), undefined)).toBe(false);
  expect(selects(expression("team", "NotIn", ["web"]), undefined)).toBe(true);
});

test.each([
  [{ key: "a", operator: "In" }],
  [{ key: "a", operator: "Exists", values: ["x"] }],
  [{ key: "a", operator: "Equals", values: ["x"] }],
])("a requirement such as %j is refused", (requirement) => {
  expect(LabelSelector.safeParse({ matchExpressions: [requirement] }).success).toBe(false);
});

test("names the keys that it looks at", () => {
  expect(
    selectorKeys(
      LabelSelector.parse({ matchLabels: { a: "1" }, matchExpressions: [{ key: "b", operator: "Exists" }] }),
    ),
  ).toEqual(["a", "b"]);
});

test("is written as kubectl writes selectors", () => {
  const selector = LabelSelector.parse({
    matchLabels: { team: "web" },
    matchExpressions: [
      { key: "tier", operator: "In", values: ["back", "front"] },
      { key: "env", operator: "NotIn", values: ["test"] },
      { key: "owner", operator: "Exists" },
      { key: "legacy", operator: "DoesNotExist" },
    ],
  });
  expect(requirementTexts(selector)).toEqual([
    "team=web",
    "tier in (back,front)",
    "env notin (test)",
    "owner",
    "!legacy",
  ]);
});

test("the labels of an object are in its metadata", () => {
  expect(labelsOf({ metadata: { labels: { a: "b" } }, labels: {} })).toEqual({ a: "b" });
  expect(labelsOf({ metadata: { labels: [] } })).toBeUndefined();
  expect(labelsOf(null)).toBeUndefined();
});

test("labels are written as kubectl writes them, no labels as nothing", () => {
  expect(labelTexts({ team: "web", a: "" })).toEqual(["team=web", "a="]);
  expect(labelTexts(undefined)).toEqual([]);
});
