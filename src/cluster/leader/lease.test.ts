import { expect, test } from "@jest/globals";
import type { ApiAnswer, ApiRequest } from "../api/request.ts";
import { leaseStore, type LeaseSpec } from "./lease.ts";

const LEASES = "/apis/coordination.k8s.io/v1/namespaces/portcullis-system/leases";
const SPEC: LeaseSpec = {
  holderIdentity: "pod_1",
  leaseDurationSeconds: 15,
  acquireTime: "2026-03-01T12:00:00.000000Z",
  renewTime: "2026-03-01T12:00:02.000000Z",
  leaseTransitions: 2,
};
const STORED: ApiAnswer = { code: 200, body: { metadata: { resourceVersion: "7" }, spec: { ...SPEC } } };

function answering(answer: ApiAnswer) {
  const asked: ApiRequest[] = [];
  const store = leaseStore(
    async (request) => {
      asked.push(request);
      return answer;
    },
    { namespace: "portcullis-system", name: "portcullis" },
  );
  return { store, asked };
}

test("a Lease is read, and it is no error if there is none", async () => {
  const { store, asked } = answering(STORED);
  expect(await store.read()).toEqual({ spec: SPEC, resourceVersion: "7" });
  expect(asked).toMatchObject([{ method: "GET", path: `${LEASES}/portcullis` }]);
  expect(await answering({ code: 404, body: {} }).store.read()).toBeUndefined();
});

test("it is created without a version, and else replaced at that version, each within seconds", async () => {
  const { store, asked } = answering({ ...STORED, code: 201 });
  await store.write(SPEC, undefined);
  await store.write(SPEC, "6");
  expect(asked).toMatchObject([
    { method: "POST", path: LEASES, body: { value: { metadata: { name: "portcullis" }, spec: SPEC } } },
    { method: "PUT", path: `${LEASES}/portcullis`, body: { value: { metadata: { resourceVersion: "6" } } } },
  ]);
  expect(JSON.stringify(asked[0])).not.toContain("resourceVersion");
  expect(asked.every(({ signal }) => signal !== undefined)).toBe(true);
});

test.each([
  [409, undefined],
  [409, "6"],
  [404, "6"],
])("somebody else was faster: HTTP %i for version %j", async (code, version) => {
  expect(await answering({ code, body: {} }).store.write(SPEC, version)).toBeUndefined();
});

test("what is forbidden, and a namespace that is not there, are errors", async () => {
  const forbidden = answering({ code: 403, body: { message: "no" } }).store;
  await expect(forbidden.read()).rejects.toMatchObject({ code: "CLUSTER_FORBIDDEN" });
  const { store } = answering({ code: 404, body: { message: "no namespace" } });
  await expect(store.write(SPEC, undefined)).rejects.toMatchObject({ code: "CLUSTER_REFUSED" });
});

test.each([
  ["nothing", undefined],
  ["null", null],
  ["a number", 5],
  ["no holder", {}],
  ["a holder that is none", { ...SPEC, holderIdentity: 5 }],
] as const)("%s for a specification is held by nobody", async (_, spec) => {
  const metadata = { resourceVersion: "7" };
  const body = spec === undefined ? { metadata } : { metadata, spec };
  const { store } = answering({ code: 200, body });
  expect((await store.read())?.spec.holderIdentity).toBe("");
});

test.each([
  ["half a Lease", { metadata: {} }],
  ["a page of a proxy", {}],
])("%s is no Lease", async (_, body) => {
  await expect(answering({ code: 200, body }).store.read()).rejects.toMatchObject({
    code: "CLUSTER_REFUSED",
    message: "The API server was asked for the Lease portcullis-system/portcullis, and the answer is none.",
    remedy: expect.stringContaining("proxy"),
  });
});

test("of hostile values none is repeated that the API server would refuse", async () => {
  const spec = {
    ...SPEC,
    acquireTime: null,
    renewTime: "10000-01-01T00:00:00.000000Z",
    leaseTransitions: -1,
  };
  const { store } = answering({ code: 200, body: { metadata: { resourceVersion: "7" }, spec } });
  expect((await store.read())?.spec).toEqual({
    ...SPEC,
    acquireTime: "",
    renewTime: "",
    leaseTransitions: 0,
  });
});

test.each([400, 422])("HTTP %i for what is there: delete it", async (code) => {
  const { store } = answering({ code, body: { message: "invalid" } });
  const remedy = expect.stringContaining("`kubectl delete lease portcullis --namespace portcullis-system`");
  await expect(store.write(SPEC, "6")).rejects.toMatchObject({ code: "CLUSTER_REFUSED", remedy });
  await expect(store.write(SPEC, undefined)).rejects.not.toMatchObject({ remedy });
});
