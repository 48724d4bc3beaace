import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseValue } from "../engine/parse.ts";
import type { JsonObject } from "../policy/json.ts";
import { existingViolations } from "./existing-violations.ts";
import type { Violation } from "./violation.ts";

const OBJECT: JsonObject = { spec: { containers: [{ name: "a" }, { name: "b" }] } };

function violation(
  rest: Partial<Omit<Violation, "details">> & { readonly details?: string } = {},
): Violation {
  const { details, ...others } = rest;
  return {
    message: "no",
    field: "spec.containers[0].x",
    remediation: undefined,
    ...others,
    details: details === undefined ? undefined : parseValue(details),
  };
}

/** How many of the violations the same object had before, if it had those. */
function count(after: readonly Violation[], before: readonly Violation[]): number {
  return existingViolations({ object: OBJECT, violations: after }, { object: OBJECT, violations: before })
    .size;
}

describe("the same violation", () => {
  test.each<[string, Violation, Violation]>([
    ["whatever its message", violation({ message: "one of 2" }), violation({ message: "one of 3" })],
    ["whatever its remediation", violation({ remediation: "do" }), violation()],
    [
      "with equal numbers in its details",
      violation({ details: '{"n": 1}' }),
      violation({ details: '{"n": 1.0}' }),
    ],
    [
      "with equal sets in its details",
      violation({ details: '{"b", "a"}' }),
      violation({ details: '{"a", "b"}' }),
    ],
    [
      "by its details alone",
      violation({ field: undefined, message: "x", details: '{"container": "a"}' }),
      violation({ field: undefined, message: "y", details: '{"container": "a"}' }),
    ],
    [
      "by its message, if it has nothing else",
      violation({ field: undefined, message: "x" }),
      violation({ field: undefined, message: "x" }),
    ],
  ])("is one %s", (_name, one, other) => {
    expect(count([one], [other])).toBe(1);
  });

  test.each<[string, Violation, Violation]>([
    ["field", violation(), violation({ field: "spec.containers[1].x" })],
    ["details", violation({ details: '{"n": 1}' }), violation({ details: '{"n": 2}' })],
    ["having details", violation({ details: "null" }), violation()],
    ["details, a list and a set", violation({ details: "[1]" }), violation({ details: "{1}" })],
    ["having a field", violation({ field: undefined }), violation()],
    [
      "the message, which is all that it says",
      violation({ field: undefined, message: "x" }),
      violation({ field: undefined, message: "y" }),
    ],
    ...["null", '""', "[]", "set()"].map((details): [string, Violation, Violation] => [
      `the message beside the details ${details}`,
      violation({ field: undefined, message: "x", details }),
      violation({ field: undefined, message: "y", details }),
    ]),
    ...["spec", "spec.containers", "spec.containers[0]", "spec.containers[*].image", "image"].map(
      (field): [string, Violation, Violation] => [
        `the message, as the field ${field} does not tell all`,
        violation({ field, message: "x" }),
        violation({ field, message: "y" }),
      ],
    ),
    [
      "the message beside empty details",
      violation({ field: undefined, message: "x", details: "{}" }),
      violation({ field: undefined, message: "y", details: "{}" }),
    ],
  ])("is none with another: %s", (_name, one, other) => {
    expect(count([one], [other])).toBe(0);
  });
});

test("a field that tells all in one version only is the same in both", () => {
  const missing = violation({ field: "metadata.labels" });
  const [after, before]: JsonObject[] = [{ metadata: { labels: { a: "b" } } }, { metadata: {} }];
  const exists = (message: string) =>
    existingViolations(
      { object: after ?? null, violations: [missing] },
      { object: before ?? null, violations: [{ ...missing, message }] },
    ).has(missing);
  expect(exists("no")).toBe(true);
  expect(exists("other")).toBe(false);
});

function same(length: number): readonly Violation[] {
  return Array.from({ length }, (_, index) => violation({ message: String(index) }));
}

test("of several same ones as many exist as there were", () => {
  expect(count(same(3), same(2))).toBe(2);
  expect(count(same(2), same(3))).toBe(2);
  expect(count(same(2), [])).toBe(0);
});

test("a message that looks like a field is no field", () => {
  const text = violation({ field: undefined, message: '["spec"]' });
  expect(count([text], [violation({ field: "spec" })])).toBe(0);
});

/** Violations of which many are the same. */
const violations = fc.array(
  fc
    .record({
      message: fc.constantFrom("m", "n"),
      field: fc.constantFrom(undefined, "spec.containers[0].x", "spec.containers[1].x", "spec"),
      details: fc.constantFrom(undefined, "{}", '"d"', "[1]", "{1}"),
    })
    .map(({ details, ...rest }) => violation(details === undefined ? rest : { ...rest, details })),
  { maxLength: 12 },
);

/** Violations that an object has, and then, in another order and beside others. */
const updates = fc.tuple(violations, violations).chain(([before, added]) =>
  fc.tuple(
    fc.constant(before),
    fc.shuffledSubarray(
      [...before, ...added].map((each) => ({ ...each })),
      {
        minLength: before.length + added.length,
      },
    ),
  ),
);

test("whatever an object had exists, in any order, and what it gets beside that is new", () => {
  fc.assert(
    fc.property(updates, ([before, after]) => {
      expect(count(after, before)).toBe(before.length);
      expect(count(before, after)).toBe(before.length);
    }),
    { numRuns: 1_000 },
  );
});
