// oxlint-disable unicorn/consistent-function-scoping -- what one test needs stands beside it
import { describe, expect, test } from "@jest/globals";
import { regoValue } from "../../../test/patch-samples.ts";
import { jsonObject, sampleRequest } from "../../../test/samples.ts";
import { changedIdentity, templateDiffers, templateIsFrozen, unpatchable } from "./eligibility.ts";
import { PatchFailure } from "./failure.ts";

const POD = { apiVersion: "v1", kind: "Pod" };
const MIRROR = { annotations: { "kubernetes.io/config.mirror": "" } };
const DELETED = { deletionTimestamp: "2026-01-01T00:00:00Z" };

describe("whether an object is patched:", () => {
  test.each<[string, Parameters<typeof sampleRequest>[0], string | undefined]>([
    ["a Pod that is made", {}, undefined],
    ["DELETE", { operation: "DELETE" }, "operation"],
    ["CONNECT", { operation: "CONNECT" }, "operation"],
    ["no object", { object: null }, "operation"],
    ["an object that is being deleted", { object: { ...POD, metadata: DELETED } }, "deletion"],
    [
      "an update of an object that is being deleted",
      { oldObject: { ...POD, metadata: DELETED } },
      "deletion",
    ],
    ["no time of deletion", { object: { ...POD, metadata: { deletionTimestamp: null } } }, undefined],
    ["a mirror Pod, whatever its annotation says", { object: { ...POD, metadata: MIRROR } }, "mirror-pod"],
    [
      "another kind with that annotation",
      { object: { apiVersion: "x/v1", kind: "Pod", metadata: MIRROR } },
      undefined,
    ],
    ["no metadata", { object: POD }, undefined],
    ["metadata that is no object", { object: { ...POD, metadata: "x" } }, undefined],
    [
      "a key that objects inherit",
      { object: jsonObject('{"metadata":{"__proto__":{"deletionTimestamp":"x"}}}') },
      undefined,
    ],
  ])("%s", (_name, request, reason) => {
    expect(unpatchable(sampleRequest(request))).toBe(reason);
  });
});

describe("templates", () => {
  test.each<[string, object, object, boolean]>([
    ["of a Deployment that differ", { spec: { template: { a: 1 } } }, { spec: { template: { a: 2 } } }, true],
    ["of a CronJob that differ", { spec: { jobTemplate: {} } }, { spec: {} }, true],
    [
      "that are equal",
      { spec: { template: { a: 1 }, replicas: 1 } },
      { spec: { template: { a: 1 }, replicas: 2 } },
      false,
    ],
    ["that are not there", { spec: {} }, { metadata: {} }, false],
    ["of which one is null", { spec: { template: null } }, {}, false],
    ["elsewhere", { template: 1, spec: {} }, { template: 2, spec: {} }, false],
  ])("%s", (_name, before, after, differ) => {
    expect(templateDiffers(regoValue(before), regoValue(after))).toBe(differ);
    expect(templateDiffers(regoValue(after), regoValue(before))).toBe(differ);
  });

  const update = (object: string, oldObject: string | null) =>
    ({ operation: "UPDATE", texts: { head: "{}", object, oldObject } }) as const;

  test.each([
    ["are free when the object is made", { ...update("{}", null), operation: "CREATE" as const }, false],
    [
      "are free if the request changes one",
      update('{"spec":{"template":1}}', '{"spec":{"template":2}}'),
      false,
    ],
    [
      "are frozen if it changes something else",
      update('{"spec":{"template":1,"x":1}}', '{"spec":{"template":1.0}}'),
      true,
    ],
    ["are frozen if it is not known how they were", update('{"spec":{"template":1}}', null), true],
  ])("%s", (_name, request, frozen) => {
    expect(templateIsFrozen(request)).toBe(frozen);
  });

  test("that lie too deep to be compared are a failure of the patch, not a crash", () => {
    const deep = '{"a":'.repeat(1_001) + "1" + "}".repeat(1_001);
    expect(() => templateIsFrozen(update("{}", deep))).toThrow(PatchFailure);
  });
});

describe("the identity of an object", () => {
  const object = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "a", namespace: "n", uid: "u", labels: {} },
  };
  const metadata = (members: object) => ({ ...object, metadata: { ...object.metadata, ...members } });
  test.each<[string | undefined, object]>([
    [undefined, metadata({ labels: { a: "b" } })],
    ["apiVersion", { ...object, apiVersion: "v2" }],
    ["kind", { ...object, kind: "Node" }],
    ["metadata.name", metadata({ name: "b" })],
    ["metadata.namespace", metadata({ namespace: "m" })],
    ["metadata.uid", metadata({ uid: null })],
    ["metadata.name", { apiVersion: "v1", kind: "Pod" }],
  ])("differs in %s", (member, after) => {
    expect(changedIdentity(regoValue(object), regoValue(after))).toBe(member);
  });

  test("may be given to what has none yet", () => {
    expect(
      changedIdentity(
        regoValue({ metadata: { generateName: "a-" } }),
        regoValue({ metadata: { name: "a-b" } }),
      ),
    ).toBeUndefined();
  });
});
