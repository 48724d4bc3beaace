import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { jsonValues } from "../../../test/patch-samples.ts";
import { OUTCOME, sampleDecision, sampleFinding, violationOutcome } from "../../../test/samples.ts";
import type { Decision } from "../../admission/decision.ts";
import type { PatchOperation } from "../../admission/patch/operation.ts";
import { encodeReview, respond } from "../../admission/respond.ts";
import { sortDistinct } from "../../engine/compare.ts";
import { RegoNumber, RegoObject, RegoSet, type RegoValue } from "../../engine/value.ts";
import { PortcullisError } from "../../error.ts";
import { json } from "../../report/json.ts";
import { pretty } from "../../report/pretty.ts";
import { detailsOf, judgementResult, patchOf, type Judgement } from "../../workers/judgement.ts";
import { evalReport } from "./report.ts";
import { readManifests } from "../manifest/read.ts";

const SOURCE = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n    - name: app\n";

function judgementOf(decision: Decision): Judgement {
  const response = respond(decision);
  const result = judgementResult({ kind: "decided", decision, response, body: encodeReview(response) });
  if (result.kind === "rejected") throw new Error(result.error.message);
  return result.judgement;
}

function reports(judgement: Judgement): readonly string[] {
  const [manifest] = readManifests("pod.yaml", SOURCE).manifests;
  if (manifest === undefined) throw new Error("there is one manifest");
  const judged = { manifest, objectPath: [], judgement, patch: patchOf(judgement) };
  const report = evalReport({ stage: "both", bundle: { revision: "sha256:00", policies: 1 } }, [judged], []);
  const sources = new Map([["pod.yaml", SOURCE]]);
  return [json(report), pretty(report, { sources, edits: new Map(), color: false })];
}

/** What JSON has not: sets, keys of any type, numbers of any length. */
const values: fc.Arbitrary<RegoValue> = fc.oneof(
  jsonValues,
  fc.bigInt().map((number) => new RegoNumber(`${number}e3`)),
  fc.array(jsonValues, { maxLength: 4 }).map((items) => new RegoSet(sortDistinct(items, (item) => item))),
  fc
    .array(fc.tuple(jsonValues, jsonValues), { maxLength: 4 })
    .map((entries) => new RegoObject(sortDistinct(entries, ([key]) => key))),
);

const patches: fc.Arbitrary<readonly PatchOperation[]> = fc.array(
  fc.oneof(
    fc.record({
      op: fc.constantFrom("add", "replace"),
      path: fc.constantFrom("/spec/containers/0", "/metadata/labels"),
      value: values,
    }),
    fc.record({ op: fc.constant("remove"), path: fc.constant("/spec/containers/0/name") }),
  ),
  { maxLength: 3 },
);

const decisions: fc.Arbitrary<Decision> = fc
  .record({
    details: fc.option(values, { nil: undefined }),
    field: fc.constantFrom(undefined, "spec.containers[1].name", "metadata.labels.team", "not a path ["),
    message: fc.string(),
    patch: patches,
    fails: fc.boolean(),
  })
  .map(({ details, field, message, patch, fails }) => {
    const error = new PortcullisError("EVALUATION_FAILED", { message: "no", remedy: "yes", cause: details });
    const failed = { ...OUTCOME, kind: "error", error } as const;
    const found = violationOutcome(sampleFinding({ details, field, message }));
    const mutations = [
      { policy: "a/b", binding: undefined, seconds: 0, kind: "patched" },
      { policy: "a/c", binding: "strict", seconds: 0, kind: "held" },
    ] as const;
    return { ...sampleDecision(fails ? [found, failed] : [found]), patch, mutations };
  });

test("a judgement that came from another thread gives the same report, byte by byte", () => {
  fc.assert(
    fc.property(decisions, (decision) => {
      const judgement = judgementOf(decision);
      expect(reports(structuredClone(judgement))).toEqual(reports(judgement));
    }),
  );
});

test("details and patches keep every digit, and what JSON has not", () => {
  fc.assert(
    fc.property(decisions, (decision) => {
      const judgement = structuredClone(judgementOf(decision));
      expect(judgement.findings.map(detailsOf)).toEqual(decision.findings.map(({ details }) => details));
      expect(patchOf(judgement)).toEqual(decision.patch);
    }),
  );
});
