/** Reviews decided in this thread, by policies of which some never end. */
import { beforeAll, expect, test } from "@jest/globals";
import { LOOPING, podReview } from "../../test/life/life.ts";
import { buildFolder, policyFolder } from "../../test/policy-folder.ts";
import { readBundle } from "../build/read-bundle.ts";
import { DEFAULT_EXCLUSIONS } from "../policy/binding.ts";
import { BoundedReviews } from "./bounded-reviews.ts";
import type { JudgementResult } from "./judgement.ts";
import type { Program } from "./program.ts";

const LOOPS = LOOPING.replace("package life.loops", "package a.loops");

const DENIES = `# METADATA
# scope: package
# custom:
#   match: { resources: [pods] }
package z.denies

deny contains "no" if input.request.object.metadata.labels.bad
`;

let program: Program;

beforeAll(async () => {
  const { file } = await buildFolder(await policyFolder({ "a/loops.rego": LOOPS, "z/denies.rego": DENIES }));
  const bundle = await readBundle(file);
  program = { bundle, file, bindings: [], exclusions: DEFAULT_EXCLUSIONS, namespaces: new Map() };
});

let lastId = 0;

const review = (labels: Readonly<Record<string, string>>) => ({
  id: (lastId += 1),
  stage: "both" as const,
  labels,
  body: new TextEncoder().encode(podReview(labels)),
});

interface Shown {
  readonly decision: string;
  readonly findings: readonly string[];
  readonly errors: readonly string[];
}

function shown(given: JudgementResult): Shown {
  if (given.kind === "rejected") throw new Error(given.error.message);
  const { decision, findings, errors } = given.judgement;
  return {
    decision,
    findings: findings.map(({ message }) => message),
    errors: errors.map(({ policy, code, message }) => `${policy} ${code} ${message}`),
  };
}

test("a policy that does not end is a policy error, and what others find in that review and the next is not lost", () => {
  const reviews = [
    review({ bad: "1" }),
    review({ loop: "1", bad: "1" }),
    review({}),
    review({ bad: "1" }),
    review({ loop: "1" }),
  ];
  const given = [...new BoundedReviews(program).results(reviews)];
  expect(given.map(([{ labels }]) => labels)).toEqual(reviews.map(({ labels }) => labels));
  const timeout = [expect.stringMatching(/^a\/loops EVALUATION_TIMEOUT .* ran longer than 3167 ms/)];
  expect(given.map(([, result]) => shown(result))).toEqual([
    { decision: "deny", findings: ["no"], errors: [] },
    { decision: "deny", findings: ["no"], errors: timeout },
    { decision: "allow", findings: [], errors: [] },
    { decision: "deny", findings: ["no"], errors: [] },
    { decision: "error", findings: [], errors: timeout },
  ]);
});

test("bytes that are no review are rejected in their place", () => {
  const reviews = [{ ...review({}), body: new TextEncoder().encode("{}") }, review({})];
  const given = [...new BoundedReviews(program).results(reviews)];
  expect(given.map(([, { kind }]) => kind)).toEqual(["rejected", "judged"]);
});
