// oxlint-disable unicorn/consistent-function-scoping -- what one test needs stands beside it
import { beforeAll, describe, expect, test } from "@jest/globals";
import { compileRego } from "../../../test/compile-rego.ts";
import {
  CALL,
  jsonObject,
  sampleBinding,
  samplePolicy,
  sampleRequest,
  sampleSnapshot,
} from "../../../test/samples.ts";
import type { Engine } from "../../engine/engine.ts";
import { loadEngine } from "../../engine/load.ts";
import type { AdmissionRequest } from "../request.ts";
import { namespaceData, type SnapshotSources } from "../snapshot.ts";
import { mutate, UNMUTATED, withObject } from "./mutate.ts";

const LABEL = `package label

patch contains {"op": "default", "path": "/metadata/labels/team", "value": team} if {
  team := input.namespaceObject.metadata.labels.team
}

patch contains {"op": "add", "path": "/metadata/annotations/example.com~1by", "value": input.request.userInfo.username} if {
  not input.request.object.metadata.annotations["example.com/by"]
}
`;

const SIDECAR = `package sidecar

patch contains {"op": "upsert", "path": "/spec/containers", "value": {"name": "proxy", "image": input.parameters.image}} if {
  input.request.operation == "CREATE"
  input.request.object.metadata.labels.team
}
`;

const COPIES = `package copies

patch contains {"op": "add", "path": "/spec/copy", "value": input.request.object.spec.numbers}

patch contains {"op": "default", "path": "/spec/template/x", "value": 1} if input.request.object.spec.template
`;

const CRASH = `package crash

patch contains {"op": "add", "path": "/x", "value": x} if {
  some x in [1, 2]
}
`;

const policies = ["label", "sidecar", "copies", "crash"].map((name) =>
  samplePolicy(`p/${name}`, {
    entrypoints: { patch: `${name}/patch` },
    metadata: {
      match: { resources: ["pods", "deployments.apps"], operations: ["CREATE", "UPDATE", "DELETE"] },
    },
  }),
);
const only = (...names: readonly string[]) => policies.filter(({ id }) => names.includes(id.slice(2)));

const shop = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: { team: "café" } } };
const namespaces = new Map([["shop", namespaceData(shop, JSON.stringify(shop))]]);
const proxy = sampleBinding("proxy", { policies: ["p/sidecar"], parameters: { image: "proxy:1" } });

let engine: Engine;

beforeAll(async () => {
  const modules = {
    "label.rego": LABEL,
    "sidecar.rego": SIDECAR,
    "copies.rego": COPIES,
    "crash.rego": CRASH,
  };
  const compiled = await compileRego(modules, [
    "label/patch",
    "sidecar/patch",
    "copies/patch",
    "crash/patch",
  ]);
  engine = loadEngine({ wasm: compiled.wasm, data: compiled.data });
});

function request(object: string, overrides: Partial<AdmissionRequest> = {}): AdmissionRequest {
  const head = '{"operation":"CREATE","userInfo":{"username":"alice"}}';
  return sampleRequest({
    object: jsonObject(object),
    texts: { head, object, oldObject: null },
    ...overrides,
  });
}

function mutated(from: AdmissionRequest, sources: Partial<SnapshotSources>) {
  return mutate(from, sampleSnapshot({ namespaces, ...sources }), { engine, call: CALL });
}

const POD =
  '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"},"spec":{"containers":[{"name":"web"}]}}';

describe("patch rules on the engine", () => {
  const sources = { policies: only("label", "sidecar"), bindings: [proxy] };

  test("see parameters, user, Namespace, and what others have patched", () => {
    const { patch, mutations, text, unpatchable } = mutated(request(POD), sources);
    expect(JSON.parse(JSON.stringify(patch))).toEqual([
      { op: "add", path: "/metadata/annotations", value: { "example.com/by": "alice" } },
      { op: "add", path: "/metadata/labels", value: { team: "café" } },
      { op: "add", path: "/spec/containers/1", value: { image: "proxy:1", name: "proxy" } },
    ]);
    expect(mutations).toMatchObject([
      { policy: "p/label", binding: undefined, kind: "patched" },
      { policy: "p/sidecar", binding: "proxy", kind: "patched" },
    ]);
    expect(mutations.every(({ seconds }) => seconds > 0)).toBe(true);
    expect(unpatchable).toBeUndefined();
    expect(jsonObject(text ?? "")).toMatchObject({ metadata: { labels: { team: "café" } } });
  });

  test("leave an object alone that they have patched", () => {
    const { text } = mutated(request(POD), sources);
    expect(mutated(request(text ?? ""), sources)).toMatchObject({ patch: [], text: undefined });
  });

  test("give the same whatever order the policies and bindings are given in", () => {
    const other = { policies: sources.policies.toReversed(), bindings: [proxy] };
    expect(mutated(request(POD), other).patch).toEqual(mutated(request(POD), sources).patch);
  });

  test("keep every digit of what they copy and of what they leave alone", () => {
    const numbers = "[12345678901234567890,1.10,1e400]";
    const object = `{"kind":"Pod","spec":{"numbers":${numbers}},"x":0.10}`;
    const { patch, text } = mutated(request(object), { policies: only("copies") });
    expect(JSON.stringify(patch)).toBe(`[{"op":"add","path":"/spec/copy","value":${numbers}}]`);
    expect(text).toBe(`{"kind":"Pod","spec":{"copy":${numbers},"numbers":${numbers}},"x":0.10}`);
  });

  test("that ask for two things at one place are an error, and the others are applied", () => {
    const { mutations, patch } = mutated(request(POD), { policies: only("crash", "label") });
    expect(mutations).toMatchObject([
      { policy: "p/crash", kind: "error", error: { code: "PATCH_INVALID" }, blocks: false },
      { policy: "p/label", kind: "patched" },
    ]);
    expect(patch).not.toEqual([]);
  });
});

describe("the template of a workload", () => {
  const workload = (template: string, replicas: number): string =>
    `{"kind":"Deployment","spec":{"numbers":1,"replicas":${replicas},"template":${template}}}`;
  const update = (object: string, oldObject: string): AdmissionRequest =>
    request(object, { operation: "UPDATE", resource, texts: { head: "{}", object, oldObject } });
  const resource = { group: "apps", version: "v1", resource: "deployments" };
  const match = { resources: ["deployments.apps"], operations: ["CREATE", "UPDATE"] as const };
  const sources = {
    policies: only("copies").map((policy) => ({
      ...policy,
      metadata: { ...policy.metadata, match: { ...match, operations: [...match.operations] } },
    })),
  };

  test("is not touched on UPDATE if the request leaves it alone", () => {
    expect(mutated(update(workload('{"a":1}', 2), workload('{"a":1.0}', 1)), sources)).toMatchObject({
      patch: [],
      text: undefined,
      mutations: [{ kind: "held" }],
    });
  });

  test("is patched if the request changes it, and on CREATE", () => {
    const changed = mutated(update(workload('{"a":1}', 1), workload('{"a":2}', 1)), sources);
    expect(changed.mutations).toMatchObject([{ kind: "patched" }]);
    expect(mutated(request(workload("{}", 1), { resource }), sources).patch).toHaveLength(2);
  });

  test("that is nested too deep to be compared is an error", () => {
    const deep = '{"a":'.repeat(1_500) + "1" + "}".repeat(1_500);
    expect(mutated(update(workload("{}", 1), `{"spec":{"deep":${deep}}}`), sources).mutations).toMatchObject([
      { kind: "error" },
    ]);
  });
});

test("an object that is nested too deep is an error, whichever step finds it, and goes as it came", () => {
  const deep = `{"kind":"Pod","spec":${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}}`;
  const { mutations, patch, text } = mutated(request(deep), { policies: only("label") });
  expect(mutations).toMatchObject([{ kind: "error", blocks: false }]);
  expect({ patch, text }).toEqual({ patch: [], text: undefined });
});

test("no rule is run for an object that is not patched", () => {
  const broken: Engine = {
    entrypoints: new Set(),
    open: () => {
      throw new Error("no rule may be run");
    },
  };
  const snapshot = sampleSnapshot({ policies });
  const run = (from: AdmissionRequest) => mutate(from, snapshot, { engine: broken, call: CALL });
  const deleted = '{"kind":"Pod","metadata":{"deletionTimestamp":"2026-01-01T00:00:00Z"}}';
  const mirror =
    '{"apiVersion":"v1","kind":"Pod","metadata":{"annotations":{"kubernetes.io/config.mirror":"x"}}}';
  expect(run(request(POD, { operation: "DELETE", object: null }))).toEqual({
    ...UNMUTATED,
    unpatchable: "operation",
  });
  expect(run(request(deleted))).toEqual({ ...UNMUTATED, unpatchable: "deletion" });
  expect(run(request(mirror))).toEqual({ ...UNMUTATED, unpatchable: "mirror-pod" });
  const resource = { group: "", version: "v1", resource: "secrets" };
  expect(run(request(deleted, { resource }))).toBe(UNMUTATED);
});

test("the request with the object at rest has it as value and as exact text", () => {
  const from = request(POD);
  expect(withObject(from, UNMUTATED)).toBe(from);
  const text = '{"n":12345678901234567890}';
  const { object, texts } = withObject(from, { ...UNMUTATED, text });
  expect(object).toEqual(jsonObject(text));
  expect(texts).toEqual({ ...from.texts, object: text });
});
