import { expect, test } from "@jest/globals";
import { RegoSet } from "../engine/value.ts";
import {
  CALL,
  fixedEngine,
  samplePolicy,
  sampleRequest,
  sampleSnapshot,
  valueResult,
} from "../../test/samples.ts";
import { admit } from "./admit.ts";
import type { AdmissionRequest } from "./request.ts";
import { SELF_PROBE_ANNOTATION } from "./self-probe.ts";

/** A policy that denies every ConfigMap: whatever is allowed below was not evaluated. */
const SURROUNDINGS = {
  snapshot: sampleSnapshot({
    policies: [
      samplePolicy("shop/none", {
        metadata: { match: { resources: ["configmaps"], operations: ["CREATE"] } },
      }),
    ],
  }),
  engine: fixedEngine({ "shop/none/deny": valueResult(new RegoSet(["no ConfigMaps here"])) }),
};

function probe(value: string, overrides: Partial<AdmissionRequest> = {}): AdmissionRequest {
  const annotations = { [SELF_PROBE_ANNOTATION]: value };
  return sampleRequest({
    resource: { group: "", version: "v1", resource: "configmaps" },
    dryRun: true,
    object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "probe", annotations } },
    ...overrides,
  });
}

function decisionOf(request: AdmissionRequest): readonly string[] {
  const { kind, outcomes } = admit(request, "validate", SURROUNDINGS, CALL);
  return [kind, ...outcomes.map(({ policy }) => policy)];
}

test("the known-bad object is denied and the known-good one allowed, whatever policies say", () => {
  expect(decisionOf(probe("deny"))).toEqual(["deny", "portcullis/self-probe"]);
  expect(decisionOf(probe("allow"))).toEqual(["allow", "portcullis/self-probe"]);
});

test.each<readonly [string, AdmissionRequest]>([
  ["is really written", probe("allow", { dryRun: false })],
  ["is updated", probe("allow", { operation: "UPDATE" })],
  ["asks for something else", probe("please")],
])("a ConfigMap that %s is no probe", (_, request) => {
  expect(decisionOf(request)).not.toContain("portcullis/self-probe");
});

test("a Namespace is a probe, too, whoever writes it and whatever its name", () => {
  const namespace = probe("deny", {
    resource: { group: "", version: "v1", resource: "namespaces" },
    namespace: "kube-system",
    userInfo: { username: "admin", groups: ["system:masters"] },
  });
  expect(decisionOf(namespace)).toEqual(["deny", "portcullis/self-probe"]);
});

test("a real write is judged by the policies", () => {
  expect(decisionOf(probe("allow", { dryRun: false }))).toEqual(["deny", "shop/none"]);
});
