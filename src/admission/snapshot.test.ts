import { expect, test } from "@jest/globals";
import { sampleBinding, samplePolicy, sampleSnapshot } from "../../test/samples.ts";
import { ANY_RESOURCE, namespaceData } from "./snapshot.ts";

const all = samplePolicy("a/all", { metadata: { match: { resources: ["*"], operations: ["CREATE"] } } });
const pods = samplePolicy("a/pods");
const apps = samplePolicy("a/apps", {
  metadata: { match: { resources: ["deployments.apps", "deployments.apps/scale"], operations: ["CREATE"] } },
});
const unclear = samplePolicy("a/unclear", { metadata: { match: undefined } });

function index(snapshot: ReturnType<typeof sampleSnapshot>): Record<string, readonly string[]> {
  return Object.fromEntries(
    [...snapshot.byResource].map(([key, policies]) => [key, policies.map(({ bound }) => bound.policy.id)]),
  );
}

test("the index lists, for each resource, the policies that may match it, in order", () => {
  expect(index(sampleSnapshot({ policies: [unclear, pods, apps, all] }))).toEqual({
    [ANY_RESOURCE]: ["a/all"],
    pods: ["a/all", "a/pods"],
    "deployments.apps": ["a/all", "a/apps"],
  });
});

test("a policy that does not say what it is for is under what its binding names", () => {
  const bindings = [sampleBinding("b", { policies: ["a/unclear"], match: { resources: ["services"] } })];
  expect(index(sampleSnapshot({ policies: [unclear], bindings }))).toEqual({
    [ANY_RESOURCE]: [],
    services: ["a/unclear"],
  });
});

test("a Namespace is known by its labels and its exact text", () => {
  const object = { metadata: { name: "shop", labels: { env: "prod" } } };
  expect(namespaceData(object, '{"n":1.0}')).toEqual({
    labels: { env: "prod" },
    document: { text: '{"n":1.0}', members: [], shared: true },
  });
  expect(namespaceData({}, "{}").labels).toBeUndefined();
});
