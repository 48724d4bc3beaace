import { expect, test } from "@jest/globals";
import { ABSENT, found, HEALTHY, seen, UNSEEN } from "../../test/doctor/healthy.ts";
import { CHECKS } from "./findings/checks.ts";
import { diagnose } from "./diagnose.ts";
import type { Facts } from "./observe/observation.ts";

test("nothing is found where nothing is wrong", () => {
  expect(found({})).toEqual([]);
});

test("every check that could not be made says so", () => {
  const blind: Facts = {
    ...HEALTHY,
    apiTime: undefined,
    version: UNSEEN,
    ownPermissions: HEALTHY.ownPermissions.map((each) => ({ ...each, allowed: UNSEEN })),
    accountPermissions: HEALTHY.accountPermissions.map((each) => ({ ...each, allowed: UNSEEN })),
    definition: UNSEEN,
    namespace: UNSEEN,
    account: UNSEEN,
    deployment: UNSEEN,
    serviceObject: UNSEEN,
    serviceState: UNSEEN,
    pods: UNSEEN,
    secret: UNSEEN,
    lease: UNSEEN,
    validating: UNSEEN,
    mutating: UNSEEN,
    namespaces: UNSEEN,
    policyBindings: UNSEEN,
    events: UNSEEN,
    networkPolicies: UNSEEN,
    clientAuthority: UNSEEN,
    answers: UNSEEN,
    bindings: UNSEEN,
    expected: { kind: "unknown", reason: "you may not." },
  };
  const findings = diagnose(blind);
  expect(new Set(findings.map(({ level }) => level))).toEqual(new Set(["unknown"]));
  const silent = CHECKS.map(({ name }) => name).filter((name) =>
    findings.every(({ check }) => check !== name),
  );
  expect(silent).toEqual([]);
});

test("a cluster without Portcullis is told as that, and no check of it counts as ok", () => {
  const nothing: Partial<Facts> = {
    definition: ABSENT,
    namespace: ABSENT,
    account: ABSENT,
    deployment: ABSENT,
    serviceObject: ABSENT,
    serviceState: seen("missing"),
    pods: ABSENT,
    secret: ABSENT,
    lease: ABSENT,
    validating: seen([]),
    mutating: seen([]),
    answers: ABSENT,
    bindings: ABSENT,
    accountPermissions: HEALTHY.accountPermissions.map((each) => ({ ...each, allowed: seen(false) })),
  };
  const findings = diagnose({ ...HEALTHY, ...nothing });
  expect(findings.filter(({ level }) => level !== "unknown").map(({ id }) => id)).toEqual([
    "crd-missing",
    "namespace-missing",
    "permission-missing",
    "webhooks-missing",
  ]);
  const silent = CHECKS.filter(({ name }) => findings.every(({ check }) => check !== name));
  // The four that have nothing to do with an installation.
  expect(silent.map(({ name }) => name)).toEqual([
    "api-server",
    "your-permissions",
    "failure-policy",
    "exemptions",
  ]);
});
