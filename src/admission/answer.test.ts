import { expect, test } from "@jest/globals";
import {
  CALL,
  fixedEngine,
  samplePolicy,
  sampleReview,
  sampleSnapshot,
  valueResult,
} from "../../test/samples.ts";
import { RegoSet } from "../engine/value.ts";
import { answer } from "./answer.ts";

const snapshot = sampleSnapshot({ policies: [samplePolicy("a/p", { entrypoints: { deny: "p/deny" } })] });
const engine = fixedEngine({ "p/deny": valueResult(new RegoSet(["no"])) });

function bytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

test("a review is decided, and the body is the review that carries the response", () => {
  const result = answer(bytes(sampleReview()), "validate", { snapshot, engine }, CALL);
  if (result.kind !== "decided") throw new Error("the review is valid");
  expect(result.decision.kind).toBe("deny");
  expect(result.response).toMatchObject({ uid: "u-1", allowed: false });
  expect(JSON.parse(result.body)).toEqual({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: result.response,
  });
});

test("the same review gives the same bytes", () => {
  const [one, other] = [1, 2].map(() =>
    answer(bytes(sampleReview()), "validate", { snapshot, engine }, CALL),
  );
  expect(one).toEqual(other);
});

test("bytes that are no review are rejected with the reason", () => {
  const result = answer(bytes({ kind: "Pod" }), "validate", { snapshot, engine }, CALL);
  expect(result).toMatchObject({ kind: "rejected", error: { code: "REVIEW_INVALID" } });
});

test("a fault of Portcullis itself is thrown, not answered", () => {
  const faulty = {
    entrypoints: new Set<string>(),
    open: () => {
      throw new TypeError("a fault");
    },
  };
  expect(() => answer(bytes(sampleReview()), "validate", { snapshot, engine: faulty }, CALL)).toThrow(
    TypeError,
  );
});
