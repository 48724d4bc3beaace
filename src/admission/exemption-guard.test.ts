import { describe, expect, test } from "@jest/globals";
import { DEFAULT_EXCLUSIONS, Exclusions } from "../policy/binding.ts";
import type { JsonObject } from "../policy/json.ts";
import { CALL, fixedEngine, sampleRequest, sampleSnapshot } from "../../test/samples.ts";
import { createRecords } from "../telemetry/decision-record.ts";
import { numberedPolicies } from "../telemetry/series.ts";
import { admit } from "./admit.ts";
import { exemptionGuard } from "./exemption-guard.ts";
import { respond } from "./respond.ts";
import type { AdmissionRequest } from "./request.ts";

const EXEMPT = { "policy.portcullis.dev/exempt": "" };

function namespace(labels: JsonObject | undefined): JsonObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", ...(labels && { labels }) } };
}

function namespaceRequest(
  { before, after }: { readonly before?: JsonObject | null; readonly after: JsonObject | null },
  overrides: Partial<AdmissionRequest> = {},
): AdmissionRequest {
  return sampleRequest({
    kind: { group: "", version: "v1", kind: "Namespace" },
    resource: { group: "", version: "v1", resource: "namespaces" },
    name: "shop",
    operation: before === undefined ? "CREATE" : "UPDATE",
    object: after,
    oldObject: before ?? null,
    ...overrides,
  });
}

function kinds(request: AdmissionRequest): readonly string[] {
  return exemptionGuard(request, DEFAULT_EXCLUSIONS).map(({ kind }) => kind);
}

describe("whoever is in no allowed group", () => {
  test.each<readonly [string, Parameters<typeof namespaceRequest>[0], readonly string[]]>([
    ["may create a namespace without the label", { after: namespace({ team: "web" }) }, []],
    ["may not create one with the label", { after: namespace(EXEMPT) }, ["violation"]],
    ["may not set the label", { before: namespace(undefined), after: namespace(EXEMPT) }, ["violation"]],
    ["may not remove the label", { before: namespace(EXEMPT), after: namespace({}) }, ["violation"]],
    [
      "may change other labels of an exempt namespace",
      { before: namespace(EXEMPT), after: namespace({ ...EXEMPT, team: "web" }) },
      [],
    ],
    [
      "may change the label's value, which means nothing",
      { before: namespace(EXEMPT), after: namespace({ "policy.portcullis.dev/exempt": "yes" }) },
      [],
    ],
  ])("%s", (_, versions, expected) => {
    expect(kinds(namespaceRequest(versions))).toEqual(expected);
  });

  test.each(["status", "finalize"])("may not set the label through namespaces/%s", (subResource) => {
    const request = namespaceRequest(
      { before: namespace(undefined), after: namespace(EXEMPT) },
      { subResource },
    );
    expect(kinds(request)).toEqual(["violation"]);
  });

  test("may delete an exempt namespace", () => {
    const request = namespaceRequest({ before: namespace(EXEMPT), after: null }, { operation: "DELETE" });
    expect(kinds(request)).toEqual([]);
  });
});

test.each(["system:masters", "kubeadm:cluster-admins"])("a member of %s may set the label", (group) => {
  const userInfo = { username: "root", groups: [group] };
  expect(kinds(namespaceRequest({ after: namespace(EXEMPT) }, { userInfo }))).toEqual(["pass"]);
});

test("the allowed groups and the label are those of the exclusions", () => {
  const { spec } = Exclusions.parse({
    apiVersion: "policy.portcullis.dev/v1alpha1",
    kind: "Exclusions",
    metadata: { name: "x" },
    spec: { namespaceLabel: "example.com/free", namespaceLabelGroups: ["platform"] },
  });
  const labelled = { after: namespace({ "example.com/free": "" }) };
  const by = (group: string) =>
    namespaceRequest(labelled, { userInfo: { username: "eve", groups: [group] } });
  expect(exemptionGuard(by("system:masters"), spec).map(({ kind }) => kind)).toEqual(["violation"]);
  expect(exemptionGuard(by("platform"), spec).map(({ kind }) => kind)).toEqual(["pass"]);
});

describe("in the flow", () => {
  const surroundings = {
    engine: fixedEngine({}),
    snapshot: sampleSnapshot({ exclusions: { ...DEFAULT_EXCLUSIONS, users: ["alice"] } }),
  };
  const labelled = namespaceRequest({ after: namespace(EXEMPT) });

  test("a denial says which label, who may, and in which field", () => {
    const { status } = respond(admit(labelled, "validate", surroundings, CALL));
    expect(status).toEqual({
      code: 403,
      reason: "Forbidden",
      message:
        "portcullis/exemption-guard: the label policy.portcullis.dev/exempt takes a namespace out of all policies; only members of system:masters, kubeadm:cluster-admins may set it",
      details: {
        causes: [
          {
            reason: "portcullis/exemption-guard",
            message:
              "the label policy.portcullis.dev/exempt takes a namespace out of all policies; only members of system:masters, kubeadm:cluster-admins may set it",
            field: 'metadata.labels["policy.portcullis.dev/exempt"]',
          },
        ],
      },
    });
  });

  test("it holds for excluded users and namespaces, too", () => {
    const decision = admit(labelled, "validate", surroundings, CALL);
    expect(decision).toMatchObject({ kind: "deny", exclusion: { kind: "user" } });
    const kubeSystem = { ...labelled, namespace: "kube-system", userInfo: { username: "bob", groups: [] } };
    expect(admit(kubeSystem, "validate", surroundings, CALL)).toMatchObject({
      kind: "deny",
      exclusion: { kind: "namespace" },
    });
  });

  test("its outcome can be recorded, although no bundle has such a policy", () => {
    const recordOf = createRecords(numberedPolicies(surroundings.snapshot));
    const { counts, line } = recordOf(admit(labelled, "validate", surroundings, CALL), "validate");
    expect(counts).toHaveLength(2);
    expect(line).toContain("portcullis/exemption-guard");
  });

  test("/mutate never denies for it", () => {
    expect(admit(labelled, "mutate", surroundings, CALL).kind).toBe("allow");
  });
});
