import { describe, expect, test } from "@jest/globals";
import type { JsonObject } from "../policy/json.ts";
import { fieldPlaces } from "./field-place.ts";

/** Long texts that were met, by their number. */
const long: string[] = [];

function numberOf(text: string): number {
  const known = long.indexOf(text);
  return known === -1 ? long.push(text) - 1 : known;
}

function placeIn(object: JsonObject, field: string): string {
  return fieldPlaces(object, numberOf)(field).text;
}

function isExact(object: JsonObject, field: string): boolean {
  return fieldPlaces(object, numberOf)(field).isExact;
}

/** Objects of equal place have a violation at the field that is the same one. */
function isSame(field: string, one: JsonObject, other: JsonObject, otherField = field): boolean {
  return placeIn(one, field) === placeIn(other, otherField);
}

const container = (name: string, rest: JsonObject = {}): JsonObject => ({
  name,
  image: `${name}:1`,
  ...rest,
});
const pod = (...containers: readonly JsonObject[]): JsonObject => ({ spec: { containers } });
const add = (...values: readonly string[]): JsonObject => ({ add: values, x: {} });
const ports = (...list: readonly JsonObject[]): JsonObject => ({ ports: list });
const image = (text: string): JsonObject => pod({ name: "a", image: text });
const volume = (source: JsonObject): JsonObject => ({ spec: { volumes: [{ name: "v", ...source }] } });
const template = (spec: JsonObject): JsonObject => ({ spec: { template: { spec } } });
const PRIVILEGED = { securityContext: { privileged: true } };

describe("an item of a list", () => {
  test("is told by its name and not by its index", () => {
    const [one, other] = [container("a", PRIVILEGED), container("b", PRIVILEGED)];
    const first = "spec.containers[0].securityContext.privileged";
    const second = "spec.containers[1].securityContext.privileged";
    expect(isSame(first, pod(one, other), pod(other, one), second)).toBe(true);
    expect(isSame(first, pod(one, other), pod(other, one))).toBe(false);
    expect(isSame(first, pod(one), pod({ ...one, name: "c" }))).toBe(false);
  });

  test("in another list is another, whatever its name", () => {
    const init: JsonObject = { spec: { initContainers: [container("a")] } };
    expect(isSame("spec.containers[0].x", pod(container("a")), init, "spec.initContainers[0].x")).toBe(false);
  });

  test("that is a plain value is told by it", () => {
    expect(isSame("add[0]", add("A", "B"), add("B", "A"), "add[1]")).toBe(true);
    expect(isSame("add[0]", add("A", "B"), add("B", "A"))).toBe(false);
  });

  test("without a name is told by its plain values", () => {
    const [http, https] = [
      { containerPort: 80, hostPort: 80, extra: {} },
      { containerPort: 443, hostPort: 80 },
    ];
    expect(isSame("ports[0].hostPort", ports(http, https), ports(https, http), "ports[1].hostPort")).toBe(
      true,
    );
    expect(isSame("ports[0].hostPort", ports(http, https), ports(https, http))).toBe(false);
    const reordered = { hostPort: 80, containerPort: 80, extra: { more: 1 } };
    expect(isSame("ports[0].hostPort", ports(http), ports(reordered))).toBe(true);
  });

  test.each<[string, JsonObject]>([
    ["that has nothing plain in it", { from: {} }],
    ["whose name is no text", { name: {} }],
  ])("%s is told by its index", (_name, item) => {
    expect(isSame("list[0].x", { list: [item, item] }, { list: [item, item] }, "list[1].x")).toBe(false);
    expect(isSame("list[1].x", { list: [item, item] }, { list: [{ z: 1 }, item] })).toBe(true);
  });

  test("is told by its lists of plain values, too", () => {
    const [pods, secrets] = [
      { resources: ["pods", "nodes"], verbs: ["*"] },
      { resources: ["secrets"], verbs: ["*"] },
    ];
    const reordered = { resources: ["nodes", "pods"], verbs: ["*"] };
    expect(isSame("rules[0].verbs", { rules: [pods] }, { rules: [secrets] })).toBe(false);
    expect(
      isSame("rules[0].verbs", { rules: [pods] }, { rules: [secrets, reordered] }, "rules[1].verbs"),
    ).toBe(true);
  });

  test.each(["name", "host"])("is told by its %s, however long that is", (key) => {
    const [one, other] = [{ [key]: `${"x".repeat(300)}a` }, { [key]: `${"x".repeat(300)}b` }];
    expect(isSame("list[0].x", { list: [one] }, { list: [other] })).toBe(false);
    expect(isSame("list[0].x", { list: [one] }, { list: [other, one] }, "list[1].x")).toBe(true);
    expect(placeIn({ list: [one] }, "list[0].x").length).toBeLessThan(100);
  });

  test("with a name is not the one that has that as its value", () => {
    expect(isSame("list[0].x", { list: ["a"] }, { list: [{ name: "a" }] })).toBe(false);
  });
});

describe("what stands at the field", () => {
  test.each<[string, string, JsonObject, JsonObject]>([
    ["a text", "spec.containers[0].image", image("evil:1"), image("evil:2")],
    ["a number", "spec.replicas", { spec: { replicas: 5 } }, { spec: { replicas: 50 } }],
    ["what was not there", "spec.hostNetwork", { spec: {} }, { spec: { hostNetwork: true } }],
    [
      "a plain value of an object",
      "spec.volumes[0].hostPath",
      volume({ hostPath: { path: "/var/log" } }),
      volume({ hostPath: { path: "/" } }),
    ],
    [
      "an object that has a name without being an item",
      "spec.volumes[0].configMap",
      volume({ configMap: { name: "a" } }),
      volume({ configMap: { name: "b" } }),
    ],
    [
      "a plain value more in a list of an object",
      "a.capabilities",
      { a: { capabilities: { add: ["A"] } } },
      { a: { capabilities: { add: ["A", "B"] } } },
    ],
    ["an item more in a list", "a.add", { a: { add: ["A"] } }, { a: { add: ["A", "B"] } }],
    ["an item more with a name", "spec.containers", pod(container("a")), pod(container("a"), container("b"))],
    ["what is in a list that is all of a field", "rules", { rules: ["get"] }, { rules: ["get", "*"] }],
    [
      "a plain value of a named item that is no container",
      "spec.env[0]",
      { spec: { env: [{ name: "a", value: "b" }] } },
      { spec: { env: [{ name: "a", value: "c" }] } },
    ],
    [
      "the namespace that belongs to a name",
      "subjects[0].name",
      { subjects: [{ kind: "ServiceAccount", name: "default", namespace: "a" }] },
      { subjects: [{ kind: "ServiceAccount", name: "default", namespace: "b" }] },
    ],
    ["an unnamed item", "spec.rules[0]", { spec: { rules: [{ a: 1 }] } }, { spec: { rules: [{ a: 2 }] } }],
  ])("counts: %s", (_name, field, one, other) => {
    expect(isSame(field, one, other)).toBe(false);
  });

  test.each<[string, string, JsonObject, JsonObject]>([
    ["the order of a list", "a.add", { a: { add: ["A", "B"] } }, { a: { add: ["B", "A"] } }],
    ["the order of keys", "a.b", { a: { b: { x: 1, y: 2 } } }, { a: { b: { y: 2, x: 1 } } }],
    ["null, which is as absent", "a.b", { a: { b: null } }, { a: {} }],
    ["nothing in a list or object", "a.b", { a: { b: {} } }, { a: { b: [] } }],
    ["what lies deeper", "a.b", { a: { b: { c: { d: 1 } } } }, { a: { b: { c: { d: 2 } } } }],
    ["another image of a container that is at fault", "spec.containers[0]", image("a:1"), image("a:2")],
    ["an image in a list of containers", "spec.containers", image("a:1"), image("a:2")],
    ["another label", "metadata.labels", { metadata: { labels: { a: "b" } } }, { metadata: { labels: {} } }],
    [
      "a finalizer that goes",
      "metadata.finalizers",
      { metadata: { finalizers: ["a", "b"] } },
      { metadata: { finalizers: ["a"] } },
    ],
    [
      "replicas, where all of the spec is at fault",
      "spec",
      { spec: { replicas: 1 } },
      { spec: { replicas: 2 } },
    ],
    [
      "another container of a pod template",
      "spec.template.spec",
      template({ containers: [{ name: "a" }] }),
      template({ containers: [{ name: "b" }] }),
    ],
  ])("does not count: %s", (_name, field, one, other) => {
    expect(isSame(field, one, other)).toBe(true);
  });
});

test.each(["not a path [", "", "a..b"])("the field %p, which is no path, is its own place", (field) => {
  expect(isSame(field, { a: 1 }, { b: 2 })).toBe(true);
  expect(isSame(field, { a: 1 }, { a: 1 }, "other [")).toBe(false);
});

describe("a place tells all that is at fault", () => {
  test.each<[string, string, JsonObject]>([
    ["where a plain value stands", "spec.containers[0].image", image("a:1")],
    [
      "where an object of plain values stands",
      "spec.volumes[0].hostPath",
      volume({ hostPath: { path: "/" } }),
    ],
    ["where a list of plain values stands", "a.add", { a: { add: ["A", null] } }],
    ["where objects of plain values and lists of these stand", "rules", { rules: [{ verbs: ["*"] }] }],
    ["where a key is absent", "spec.containers[0].image", pod({ name: "a" })],
    ["where a label is absent", "metadata.labels.a", { metadata: { labels: { b: "x" } } }],
    ["where a key is null", "spec.hostNetwork", { spec: { hostNetwork: null } }],
    ["where all below a key is absent", "spec.a.b.c", { spec: {} }],
    ["where all below a key is null", "spec.a.b.c", { spec: { a: null } }],
  ])("%s", (_name, field, object) => {
    expect(isExact(object, field)).toBe(true);
  });

  test.each<[string, string, JsonObject]>([
    ["where a container stands", "spec.containers[0]", image("a:1")],
    ["where containers stand", "spec.containers", image("a:1")],
    ["where the whole spec stands", "spec", { spec: { replicas: 1 } }],
    ["where labels stand", "metadata.labels", { metadata: { labels: { a: "b" } } }],
    ["where more lies deeper", "a.b", { a: { b: { c: { d: 1 } } } }],
    ["where more lies deeper in a list", "a", { a: [{ c: { d: 1 } }] }],
    ["where lists stand in lists", "a", { a: [[1]] }],
    ["where the path has no index", "spec.containers.image", image("a:1")],
    ["where the path does not begin at the top", "containers[0].image", image("a:1")],
    ["where there is no such item", "spec.containers[1].image", image("a:1")],
    ["where the path goes on below a text", "metadata.labels.a.b", { metadata: { labels: { a: "x" } } }],
    [
      "where a key with dots has no quotes",
      "metadata.labels.example.com/a",
      { metadata: { labels: { "example.com/a": "x" } } },
    ],
    ["where the field is a pointer", "/spec/containers/0/image", image("a:1")],
    ["where the field is a pattern", "spec.containers[*].image", image("a:1")],
  ])("but not %s", (_name, field, object) => {
    expect(isExact(object, field)).toBe(false);
  });
});

test("keys that every object inherits are keys like any other", () => {
  expect(isSame("constructor.name", {}, { constructor: { name: "Object" } })).toBe(false);
});
