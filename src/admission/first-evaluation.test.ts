import { expect, test } from "@jest/globals";
import {
  CALL,
  documentValue,
  fixedEngine,
  sampleBinding,
  samplePolicy,
  sampleSnapshot,
  valueResult,
} from "../../test/samples.ts";
import type { InputDocument } from "../engine/engine.ts";
import { RegoSet } from "../engine/value.ts";
import { PortcullisError } from "../error.ts";
import { decodeReview } from "./review.ts";
import { firstEvaluation } from "./first-evaluation.ts";

const error = new PortcullisError("EVALUATION_FAILED", { message: "it failed", remedy: "mend it" });

test("every policy is evaluated under every binding, whatever it matches, and what failed is told", () => {
  const policies = [
    samplePolicy("a/fails", {
      entrypoints: { deny: "fails/deny" },
      metadata: { match: { resources: ["services"], operations: ["DELETE"] } },
    }),
    samplePolicy("a/finds", { entrypoints: { deny: "finds/deny" } }),
    samplePolicy("a/odd", { entrypoints: { warn: "odd/warn" } }),
  ];
  const bindings = ["x", "y"].map((name) => sampleBinding(name, { policies: ["a/fails"] }));
  const engine = fixedEngine({
    "fails/deny": { kind: "error", error, seconds: 0 },
    "finds/deny": valueResult(new RegoSet(["no"])),
    "odd/warn": valueResult(true),
  });
  const failed = firstEvaluation({ snapshot: sampleSnapshot({ policies, bindings }), engine }, CALL);
  expect(failed.map((failure) => [failure.policy, failure.error.code])).toEqual([
    ["a/fails", "EVALUATION_FAILED"],
    ["a/fails", "EVALUATION_FAILED"],
    ["a/odd", "RESULT_SHAPE"],
  ]);
});

test("policies see a request that an API server could have sent", () => {
  const seen: string[] = [];
  const engine = {
    entrypoints: new Set<string>(),
    open: () => ({
      evaluate: (_entrypoint: string, input: InputDocument) => {
        seen.push(JSON.stringify(documentValue(input)));
        return valueResult(undefined);
      },
    }),
  };
  firstEvaluation({ snapshot: sampleSnapshot({ policies: [samplePolicy("a/p")] }), engine }, CALL);
  expect(seen.map((text) => decodeReview(new TextEncoder().encode(text)))).toMatchObject([
    {
      uid: "first-evaluation",
      kind: { group: "", version: "v1", kind: "Pod" },
      resource: { group: "", version: "v1", resource: "pods" },
      name: "first-evaluation",
      namespace: "default",
      operation: "CREATE",
      userInfo: { username: "portcullis", groups: [] },
      dryRun: true,
      object: { apiVersion: "v1", kind: "Pod", metadata: { name: "first-evaluation", namespace: "default" } },
    },
  ]);
});
