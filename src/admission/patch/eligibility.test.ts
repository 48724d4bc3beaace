// oxlint-disable unicorn/consistent-function-scoping -- what one test needs stands beside it
import { describe, expect, test } from "@jest/globals";
import { regoValue } from "../../../test/patch-samples.ts";
import { jsonObject, sampleRequest } from "../../../test/samples.ts";
import { changedIdentity, unpatchable } from "./eligibility.ts";

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
    ["metadata.resourceVersion", metadata({ resourceVersion: "1" })],
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
