import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { jsonObject } from "../../test/samples.ts";
import { parseValue } from "../engine/parse.ts";
import { RegoNumber, RegoObject, type RegoValue } from "../engine/value.ts";
import { objectMember, stringMember, type JsonObject } from "../policy/json.ts";
import { decodeReview } from "./review.ts";
import {
  customResourceNames,
  synthesizeReview,
  type ManifestObject,
  type SynthesisOptions,
} from "./synthesize.ts";

const OPTIONS: SynthesisOptions = {
  uid: "u-1",
  operation: "CREATE",
  namespace: "default",
  userInfo: { username: "alice", groups: ["developers"] },
  customResources: new Map(),
};

function manifest(text: string): ManifestObject {
  return { text, value: jsonObject(text) };
}

function synthesize(text: string, options: Partial<SynthesisOptions> = {}) {
  const review = synthesizeReview(manifest(text), { ...OPTIONS, ...options });
  return { request: decodeReview(new TextEncoder().encode(review)), review };
}

function object(
  apiVersion: string,
  kind: string,
  metadata: Record<string, unknown> = { name: "x", namespace: "shop" },
) {
  return JSON.stringify({ apiVersion, kind, metadata });
}

describe("the request of a manifest", () => {
  test.each([
    ["v1", "Pod", { group: "", version: "v1", resource: "pods" }, "shop"],
    ["apps/v1", "Deployment", { group: "apps", version: "v1", resource: "deployments" }, "shop"],
    ["batch/v1", "Job", { group: "batch", version: "v1", resource: "jobs" }, "shop"],
    ["v1", "Endpoints", { group: "", version: "v1", resource: "endpoints" }, "shop"],
    [
      "rbac.authorization.k8s.io/v1",
      "ClusterRole",
      { group: "rbac.authorization.k8s.io", version: "v1", resource: "clusterroles" },
      "",
    ],
    ["v1", "Node", { group: "", version: "v1", resource: "nodes" }, ""],
  ])("%s %s has the names of the built-in type", (apiVersion, kind, resource, namespace) => {
    const { request, review } = synthesize(object(apiVersion, kind));
    const { group, version } = resource;
    expect(request).toMatchObject({
      uid: "u-1",
      kind: { group, version, kind },
      resource,
      name: "x",
      namespace,
      operation: "CREATE",
      userInfo: OPTIONS.userInfo,
      dryRun: false,
      oldObject: null,
    });
    expect(JSON.parse(review)).toMatchObject({
      request: {
        requestKind: { group, version, kind },
        requestResource: resource,
        options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" },
      },
    });
  });

  test.each([
    ["Gateway", "gateways"],
    ["GatewayClass", "gatewayclasses"],
    ["Policy", "policies"],
    ["Mesh", "meshes"],
    ["Prometheus", "prometheuses"],
    ["Widget", "widgets"],
    ["MyEndpoints", "myendpoints"],
  ])("of the unknown kind %s guesses the resource %s and a namespace", (kind, resource) => {
    const { request } = synthesize(object("example.com/v1", kind));
    expect(request).toMatchObject({
      resource: { group: "example.com", version: "v1", resource },
      namespace: "shop",
    });
  });

  test("of a custom resource has the names of its definition", () => {
    const customResources = new Map([["example.com/Mouse", { resource: "mice", namespaced: false }]]);
    const { request } = synthesize(object("example.com/v1", "Mouse", { name: "x" }), { customResources });
    expect(request).toMatchObject({ resource: { resource: "mice" }, namespace: "" });
    expect(request.object).toMatchObject({ metadata: { name: "x" } });
  });

  test("of a Namespace has its own name as namespace and leaves the object as it is", () => {
    const text = object("v1", "Namespace", { name: "shop" });
    const { request } = synthesize(text);
    expect(request).toMatchObject({ name: "shop", namespace: "shop", texts: { object: text } });
    expect(synthesize(object("example.com/v1", "Namespace", { name: "x" })).request.namespace).toBe(
      "default",
    );
  });

  test("without a name (generateName) has none", () => {
    expect(synthesize(object("v1", "Pod", { generateName: "web-" })).request.name).toBe("");
  });

  test.each([
    ["CREATE", true, false, "CreateOptions"],
    ["UPDATE", true, true, "UpdateOptions"],
    ["DELETE", false, true, "DeleteOptions"],
  ] as const)(
    "under %s carries the object where the API server puts it",
    (operation, after, before, kind) => {
      const text = object("v1", "Pod");
      const { request, review } = synthesize(text, { operation });
      expect(request).toMatchObject({ operation, name: "x" });
      expect(request.texts.object).toBe(after ? text : null);
      expect(request.texts.oldObject).toBe(before ? text : null);
      expect(JSON.parse(review)).toMatchObject({ request: { options: { kind } } });
    },
  );

  test.each([
    ["CREATE", undefined],
    ["UPDATE", true],
    ["DELETE", undefined],
  ] as const)(
    "under %s says of an old object that it stands for an unknown one: %s",
    (operation, unknown) => {
      const { request } = synthesize(object("v1", "Pod"), { operation });
      expect(request.oldObjectUnknown).toBe(unknown);
      expect(request.texts.head).not.toContain("oldObjectUnknown");
    },
  );
});

describe("the namespace of an object that names none", () => {
  test.each([
    [
      "no metadata",
      '{"kind":"Pod","apiVersion":"v1"}',
      '{"metadata":{"namespace":"default"},"kind":"Pod","apiVersion":"v1"}',
    ],
    [
      "metadata",
      '{"kind":"Pod","apiVersion":"v1", "metadata": {"name":"x", "n":1.0}, "spec":{"metadata":{}} }',
      '{"kind":"Pod","apiVersion":"v1", "metadata": {"namespace":"default","name":"x","n":1.0}, "spec":{"metadata":{}} }',
    ],
    [
      "empty metadata",
      '{"kind":"Pod","apiVersion":"v1","metadata":{ }}',
      '{"kind":"Pod","apiVersion":"v1","metadata":{"namespace":"default"}}',
    ],
    [
      "metadata that is null",
      '{"kind":"Pod","apiVersion":"v1","metadata":null}',
      '{"kind":"Pod","apiVersion":"v1","metadata":{"namespace":"default"}}',
    ],
    [
      "an empty namespace",
      '{"kind":"Pod","apiVersion":"v1","metadata":{"namespace":"","name":"x"}}',
      '{"kind":"Pod","apiVersion":"v1","metadata":{"namespace":"default","name":"x"}}',
    ],
  ])("is the default, written into its text and nowhere else: %s", (_name, text, expected) => {
    const { request } = synthesize(text);
    expect(request.texts.object).toBe(expected);
    expect(request.namespace).toBe("default");
  });

  test("is in both objects of an update", () => {
    const { request } = synthesize(object("v1", "Pod", { name: "x" }), { operation: "UPDATE" });
    expect(request.oldObject).toEqual(request.object);
    expect(request.object).toMatchObject({ metadata: { namespace: "default" } });
  });

  test("is quoted as JSON", () => {
    const { request } = synthesize(object("v1", "Pod", {}), { namespace: 'a"b' });
    expect(request).toMatchObject({ namespace: 'a"b', object: { metadata: { namespace: 'a"b' } } });
  });
});

test("a cluster-scoped object loses the namespace that it names, as in the API server", () => {
  const { request } = synthesize(
    '{"apiVersion":"v1","kind":"Node","metadata":{"name":"x","namespace":"shop","n":1.0}}',
  );
  expect(request.namespace).toBe("");
  expect(request.texts.object).toBe('{"apiVersion":"v1","kind":"Node","metadata":{"name":"x","n":1.0}}');
});

describe("a CustomResourceDefinition", () => {
  const spec = { group: "example.com", names: { kind: "Mouse", plural: "mice" } };

  test.each([
    ["Namespaced", true],
    ["Cluster", false],
  ])("of scope %s gives its names", (scope, namespaced) => {
    expect(customResourceNames({ spec: { ...spec, scope } })).toEqual([
      "example.com/Mouse",
      { resource: "mice", namespaced },
    ]);
  });

  test.each<[string, JsonObject]>([
    ["spec", {}],
    ["group", { spec: { names: spec.names } }],
    ["names", { spec: { group: spec.group } }],
    ["plural", { spec: { ...spec, names: { kind: "Mouse" } } }],
  ])("without %s gives none", (_name, definition) => {
    expect(customResourceNames(definition)).toBeUndefined();
  });
});

/** The object as the API server would place it: in a namespace if it is namespaced, in none if not. */
function placed(value: JsonObject, namespace: string): JsonObject {
  const { namespace: _, ...rest } = objectMember(value, "metadata") ?? {};
  return { ...value, metadata: { ...rest, ...(namespace === "" ? {} : { namespace }) } };
}

test("decoding what was synthesized gives back the object: same members, exact text", () => {
  const types = fc.constantFrom(
    { apiVersion: "v1", kind: "Pod" },
    { apiVersion: "v1", kind: "Node" },
    { apiVersion: "example.com/v1", kind: "Widget" },
  );
  const metadata = fc.dictionary(
    fc.constantFrom("name", "namespace", "labels", "__proto__", "annotations", 'a"b', "é😀"),
    fc.oneof(fc.constantFrom("", "shop"), fc.jsonValue()),
  );
  const number = fc
    .constantFrom("12345678901234567890", "1.10", "1E+2", "-0")
    .map((text) => new RegoNumber(text));
  const spec = fc.dictionary(fc.string({ unit: "binary" }), fc.oneof(fc.jsonValue(), number));
  const objects = fc
    .tuple(
      types,
      fc.option(
        metadata.map((own) => ({ metadata: own })),
        { nil: {} },
      ),
      spec,
      fc.constantFrom(0, 2),
    )
    .map(([type, own, content, space]) =>
      JSON.stringify({ ...type, ...own, spec: content }, undefined, space),
    );
  fc.assert(
    fc.property(objects, (text) => {
      const { request } = synthesize(text);
      const value = jsonObject(text);
      const own = stringMember(objectMember(value, "metadata"), "namespace") ?? "";
      const namespace = value["kind"] === "Node" ? "" : own || "default";
      expect(request.namespace).toBe(namespace);
      expect(request.object).toEqual(own === namespace ? value : placed(value, namespace));
      expect(exactSpec(request.texts.object ?? "")).toEqual(exactSpec(text));
      expect(request.texts.object === text).toBe(own === namespace);
    }),
    { numRuns: 500 },
  );
});

/** `spec` of an object with all digits of its numbers. */
function exactSpec(text: string): RegoValue | undefined {
  const value = parseValue(text);
  return value instanceof RegoObject ? value.get("spec") : undefined;
}
