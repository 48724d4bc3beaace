import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { PortcullisError } from "../../../src/error.ts";
import { RegoNumber, RegoObject, RegoSet, type RegoValue } from "../../../src/engine/value.ts";
import { testOpa } from "../../policy-folder.ts";
import { compareBatch, type Comparison } from "./compare-batch.ts";
import { PACKAGE, policyText } from "./policy-text.ts";
import { inputText } from "./value-text.ts";

const { env } = process;
/** The same each time, so that nobody's change fails for a policy never tried before; set `DIFFERENTIAL_SEED` to try others. */
const SEED = Number(env["DIFFERENTIAL_SEED"] ?? 1);
const BATCHES = 8;
const POLICIES = 150;
const INPUTS = 5;
const LIMIT_MS = 600_000;

const samples = fc.record({
  policy: policyText(),
  inputs: fc.array(inputText, { minLength: INPUTS, maxLength: INPUTS }),
});

async function compareAll(opa: string): Promise<readonly Comparison[]> {
  const batches = fc.sample(samples, { seed: SEED, numRuns: BATCHES * POLICIES });
  const comparisons: Comparison[] = [];
  for (let start = 0; start < batches.length; start += POLICIES)
    comparisons.push(await compareBatch(opa, batches.slice(start, start + POLICIES)));
  return comparisons;
}

/** The kinds of a value and of everything in it. */
function kindsIn(value: RegoValue): readonly string[] {
  if (value === null) return ["null"];
  if (value instanceof RegoNumber) return ["number"];
  if (value instanceof RegoSet) return ["set", ...value.items.flatMap(kindsIn)];
  if (value instanceof RegoObject) return ["object", ...value.entries.flat().flatMap(kindsIn)];
  return typeof value === "object" ? ["array", ...value.flatMap(kindsIn)] : [typeof value];
}

test("a policy that OPA itself fails at is left out, and another difference is not", async () => {
  const policy = `package ${PACKAGE}
id(value) := value
f(x) := [y | y := count({x: "b"}); id(3) == x]
parts := f(input.n)
answer := {"value": parts, "text": sprintf("%v", [parts])}
`;
  const different = `package ${PACKAGE}
answer := {"value": 1, "text": "2"}
`;
  const opa = await testOpa();
  const { answers, differences } = await compareBatch(opa, [
    { policy, inputs: ['{"n": 3}'] },
    { policy: different, inputs: ["{}"] },
  ]);
  expect(answers[0]).toBeInstanceOf(RegoObject);
  expect(differences.map((difference) => difference.policy)).toEqual([different]);
});

describe("random policies and inputs", () => {
  let comparisons: readonly Comparison[] = [];

  beforeAll(async () => {
    comparisons = await compareAll(await testOpa());
    const pairs = comparisons.flatMap(({ answers }) => answers).length;
    process.stderr.write(`compared ${pairs} pairs with OPA, DIFFERENTIAL_SEED=${SEED}\n`);
  }, LIMIT_MS);

  test("give what OPA gives", () => {
    expect(comparisons.flatMap(({ differences }) => differences)).toEqual([]);
  });

  test("are 5,000 pairs or more, as OPA accepts most of the policies", () => {
    expect(comparisons.flatMap(({ answers }) => answers).length).toBeGreaterThanOrEqual(5_000);
  });

  test("reach values of every kind, and errors", () => {
    const answers = comparisons.flatMap((comparison) => comparison.answers);
    const kinds = answers.flatMap((answer) => {
      if (answer instanceof PortcullisError) return [answer.code];
      return answer === undefined || answer instanceof Error ? [] : kindsIn(answer);
    });
    expect([...new Set(kinds)].toSorted()).toEqual(
      ["EVALUATION_FAILED", "array", "boolean", "null", "number", "object", "set", "string"].toSorted(),
    );
  });
});
