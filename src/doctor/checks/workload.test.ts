import { expect, test } from "@jest/globals";
import { ABSENT, found, HEALTHY, seen } from "../../../test/doctor/healthy.ts";
import { Named } from "../observe/objects.ts";
import type { Facts } from "../observe/observation.ts";

test.each<readonly [string, Partial<Facts>, RegExp]>([
  ["no account", { account: ABSENT }, /^service-account-missing: There is no ServiceAccount portcullis in/],
  ["no Deployment", { deployment: ABSENT }, /^deployment-missing: There is no Deployment portcullis in/],
  ["no Service", { serviceObject: ABSENT }, /^service-missing: There is no Service portcullis in/],
  [
    "a namespace that is being deleted",
    {
      namespace: seen(Named.parse({ metadata: { name: "x", deletionTimestamp: "now" } })),
      deployment: ABSENT,
    },
    /^namespace-terminating: The namespace portcullis-system is being deleted\.$/,
  ],
])("%s is the one finding", (_, facts, message) => {
  expect(found(facts)).toEqual([expect.stringMatching(message)]);
});

test("servers elsewhere have no Deployment, no Pods and need no Secret", () => {
  const elsewhere = {
    serviceState: seen("external" as const),
    deployment: ABSENT,
    pods: seen([]),
    secret: ABSENT,
    lease: ABSENT,
  };
  expect(found({ ...elsewhere, serviceObject: HEALTHY.serviceObject })).toEqual([]);
});
