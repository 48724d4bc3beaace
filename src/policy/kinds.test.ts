import { expect, test } from "@jest/globals";
import { BUILT_IN_KINDS, kindsNamed, qualifiedResource, resourceOf } from "./kinds.ts";
import { ResourceName } from "./metadata.ts";

test("a kind is found by its group", () => {
  expect(resourceOf("", "Pod")).toEqual({
    group: "",
    kind: "Pod",
    resource: "pods",
    namespaced: true,
    versions: ["v1"],
  });
  expect(resourceOf("autoscaling", "HorizontalPodAutoscaler")?.versions).toEqual(["v2", "v1"]);
  expect(resourceOf("apps", "Pod")).toBeUndefined();
});

test("a kind's name may stand for several types", () => {
  expect(kindsNamed("Event").map(qualifiedResource)).toEqual(["events", "events.events.k8s.io"]);
  expect(kindsNamed("Widget")).toEqual([]);
});

test("no type is listed twice, by kind or by resource, and every name can be written in match", () => {
  const kinds = BUILT_IN_KINDS.map(({ group, kind }) => `${kind}.${group}`);
  const resources = BUILT_IN_KINDS.map(qualifiedResource);
  expect(new Set(kinds).size).toBe(kinds.length);
  expect(new Set(resources).size).toBe(resources.length);
  expect(resources.filter((name) => !ResourceName.safeParse(name).success)).toEqual([]);
});

test("what nobody owns by namespace is known to be so", () => {
  const cluster = [
    "Namespace",
    "Node",
    "PersistentVolume",
    "ClusterRole",
    "StorageClass",
    "CustomResourceDefinition",
  ];
  expect(cluster.flatMap(kindsNamed).filter(({ namespaced }) => namespaced)).toEqual([]);
});
