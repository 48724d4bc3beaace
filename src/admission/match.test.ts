import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { sampleBinding, samplePolicy, sampleRequest, sampleSnapshot } from "../../test/samples.ts";
import { DEFAULT_EXCLUSIONS } from "../policy/binding.ts";
import { OPERATIONS } from "../policy/rule.ts";
import { exclusionOf, matchingPolicies, matchPolicy, type Match } from "./match.ts";
import type { AdmissionRequest } from "./request.ts";
import { namespaceData, type Snapshot } from "./snapshot.ts";

const POLICY = samplePolicy("pod-security/privileged");

function snapshotOf(
  match: Record<string, unknown>,
  sources: Partial<Parameters<typeof sampleSnapshot>[0]> = {},
) {
  return sampleSnapshot({
    policies: [POLICY],
    bindings: [sampleBinding("all", { policies: ["*"], match })],
    ...sources,
  });
}

/** The match of the only bound policy of a snapshot. */
function matchOf(snapshot: Snapshot, request: AdmissionRequest): Match {
  const [policy] = snapshot.policies;
  if (policy === undefined) throw new Error("the snapshot has one policy");
  return matchPolicy(policy, request, snapshot);
}

function knownNamespace(name: string, labels: Record<string, string>) {
  const object = { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
  return new Map([[name, namespaceData(object, JSON.stringify(object))]]);
}

const pod = (labels: Record<string, string>) => ({ metadata: { name: "web", labels } });
const CLUSTER_ROLE = {
  resource: { group: "rbac.authorization.k8s.io", version: "v1", resource: "clusterroles" },
  namespace: "",
};
const NAMESPACES = { group: "", version: "v1", resource: "namespaces" };

/** A criterion with a value that fits the request and one that does not; `wanted` if a reason tells it otherwise. */
interface Narrowing {
  readonly criterion: string;
  readonly fits: unknown;
  readonly fails: unknown;
  readonly wanted?: readonly string[];
  readonly found: readonly string[];
}

describe("each criterion of a binding narrows, and a mismatch names both sides", () => {
  const userInfo = { username: "alice", groups: ["developers", "staff"] };
  const request = sampleRequest({ object: pod({ team: "web" }), userInfo });
  test.each<Narrowing>([
    { criterion: "operations", fits: ["CREATE"], fails: ["UPDATE"], found: ["CREATE"] },
    { criterion: "namespaces", fits: ["a", "sh*"], fails: ["a", "b*"], found: ["shop"] },
    { criterion: "excludedNamespaces", fits: ["a*"], fails: ["*op"], found: ["shop"] },
    {
      criterion: "objectSelector",
      fits: { matchLabels: { team: "web" } },
      fails: { matchLabels: { team: "api" } },
      wanted: ["team=api"],
      found: ["team=web"],
    },
    { criterion: "users", fits: ["bob", "alice"], fails: ["bob"], found: ["alice"] },
    { criterion: "groups", fits: ["a", "staff"], fails: ["a"], found: ["developers", "staff"] },
    {
      criterion: "namespaceSelector",
      fits: { matchLabels: { env: "test" } },
      fails: { matchLabels: { env: "prod" } },
      wanted: ["env=prod"],
      found: ["env=test", "kubernetes.io/metadata.name=shop"],
    },
  ])("$criterion", ({ criterion, fits, fails, wanted = fails, found }) => {
    const namespaces = knownNamespace("shop", { env: "test" });
    expect(matchOf(snapshotOf({ [criterion]: fits }, { namespaces }), request)).toEqual({ kind: "match" });
    expect(matchOf(snapshotOf({ [criterion]: fails }, { namespaces }), request)).toEqual({
      kind: "no-match",
      reason: { criterion, wanted, found },
    });
  });
});

test("resources narrow what the METADATA understands, and a mismatch names both sides", () => {
  const policy = samplePolicy("a/b", {
    metadata: { match: { resources: ["pods", "services"], operations: ["CREATE"] } },
  });
  const snapshot = (resources: readonly string[]): Snapshot =>
    snapshotOf({ resources }, { policies: [policy] });
  expect(matchOf(snapshot(["services", "pods"]), sampleRequest())).toEqual({ kind: "match" });
  expect(matchOf(snapshot(["services"]), sampleRequest())).toEqual({
    kind: "no-match",
    reason: { criterion: "resources", wanted: ["services"], found: ["pods"] },
  });
});

describe("the METADATA of a policy", () => {
  test("must fit whatever the binding names", () => {
    expect(matchOf(snapshotOf({ resources: ["*"] }), sampleRequest(CLUSTER_ROLE))).toEqual({
      kind: "no-match",
      reason: { criterion: "resources", wanted: ["pods"], found: ["clusterroles.rbac.authorization.k8s.io"] },
    });
    const operations = ["CREATE", "DELETE"];
    expect(matchOf(snapshotOf({ operations }), sampleRequest({ operation: "DELETE" }))).toEqual({
      kind: "no-match",
      reason: { criterion: "operations", wanted: ["CREATE", "UPDATE"], found: ["DELETE"] },
    });
  });

  test("without resources needs a binding that names them, and means CREATE and UPDATE", () => {
    const policies = [samplePolicy("a/b", { metadata: { match: undefined } })];
    const unnamed = sampleSnapshot({ policies });
    const named = snapshotOf({ resources: ["pods"] }, { policies });
    expect(matchOf(unnamed, sampleRequest())).toMatchObject({ kind: "no-match", reason: { wanted: [] } });
    expect(matchingPolicies(sampleRequest(), unnamed)).toEqual([]);
    expect(matchingPolicies(sampleRequest(), named)).toHaveLength(1);
    expect(matchingPolicies(sampleRequest({ operation: "UPDATE" }), named)).toHaveLength(1);
    expect(matchingPolicies(sampleRequest({ operation: "DELETE" }), named)).toEqual([]);
  });

  test("does not mean a subresource that it does not name", () => {
    const request = sampleRequest({ subResource: "exec", operation: "CREATE" });
    expect(matchOf(snapshotOf({}), request)).toMatchObject({
      reason: { wanted: ["pods"], found: ["pods/exec"] },
    });
    const policies = [
      samplePolicy("a/b", { metadata: { match: { resources: ["pods/exec"], operations: ["CREATE"] } } }),
    ];
    expect(matchingPolicies(request, sampleSnapshot({ policies }))).toHaveLength(1);
  });
});

describe("an object selector", () => {
  const snapshot = snapshotOf({ objectSelector: { matchLabels: { team: "web" } } });

  test("fits the object or the old object, as the API server's own", () => {
    const [web, api] = [pod({ team: "web" }), pod({ team: "api" })];
    expect(matchOf(snapshot, sampleRequest({ object: api, oldObject: web })).kind).toBe("match");
    expect(matchOf(snapshot, sampleRequest({ object: null, oldObject: web })).kind).toBe("match");
    expect(matchOf(snapshot, sampleRequest({ object: api, oldObject: api })).kind).toBe("no-match");
  });

  test("does not fit where there is no object, even if it only excludes", () => {
    const excluding = snapshotOf({
      objectSelector: { matchExpressions: [{ key: "a", operator: "DoesNotExist" }] },
    });
    expect(matchOf(excluding, sampleRequest({ object: {}, oldObject: null })).kind).toBe("match");
    expect(matchOf(excluding, sampleRequest({ object: null, oldObject: null })).kind).toBe("no-match");
  });
});

describe("a namespace selector", () => {
  const production = { namespaceSelector: { matchLabels: { env: "prod" } } };

  test("asks the labels of the namespace", () => {
    const namespaces = knownNamespace("shop", { env: "prod" });
    expect(matchOf(snapshotOf(production, { namespaces }), sampleRequest()).kind).toBe("match");
  });

  test("cannot be told for a namespace that is not known: a policy error, not a non-match", () => {
    const match = matchOf(snapshotOf(production), sampleRequest());
    expect(match).toMatchObject({
      kind: "unknown",
      error: {
        code: "NAMESPACE_UNKNOWN",
        message: expect.stringMatching(/PolicyBinding all .*namespace shop/),
      },
    });
    expect(matchingPolicies(sampleRequest(), snapshotOf(production))).toHaveLength(1);
  });

  test("is not asked if the rest does not fit", () => {
    expect(matchOf(snapshotOf({ ...production, users: ["bob"] }), sampleRequest()).kind).toBe("no-match");
  });

  test.each([
    ["shop", "match"],
    ["other", "no-match"],
  ])("on the name alone needs no Namespace object: %s", (name, kind) => {
    const namespaceSelector = { matchLabels: { "kubernetes.io/metadata.name": name } };
    expect(matchOf(snapshotOf({ namespaceSelector }), sampleRequest()).kind).toBe(kind);
  });

  test("on the name and another label needs the Namespace object", () => {
    const matchLabels = { "kubernetes.io/metadata.name": "shop", env: "prod" };
    expect(matchOf(snapshotOf({ namespaceSelector: { matchLabels } }), sampleRequest()).kind).toBe("unknown");
  });

  test("looks at a Namespace's own labels, on DELETE at those it had", () => {
    const policies = [
      samplePolicy("a/b", {
        metadata: { match: { resources: ["namespaces"], operations: [...OPERATIONS] } },
      }),
    ];
    // What the cluster knows of the namespace is older than the request.
    const snapshot = snapshotOf(production, {
      policies,
      namespaces: knownNamespace("shop", { env: "test" }),
    });
    const namespace = { resource: NAMESPACES, namespace: "shop" };
    const labelled = pod({ env: "prod" });
    expect(matchOf(snapshot, sampleRequest({ ...namespace, object: labelled })).kind).toBe("match");
    expect(matchOf(snapshot, sampleRequest({ ...namespace, object: pod({}) })).kind).toBe("no-match");
    const deleted = { operation: "DELETE", object: null, oldObject: labelled } as const;
    expect(matchOf(snapshot, sampleRequest({ ...namespace, ...deleted })).kind).toBe("match");
  });

  test("fits every object that is in no namespace", () => {
    const policies = [
      samplePolicy("a/b", { metadata: { match: { resources: ["*"], operations: ["CREATE"] } } }),
    ];
    expect(matchOf(snapshotOf(production, { policies }), sampleRequest(CLUSTER_ROLE)).kind).toBe("match");
  });
});

test("an object in no namespace is in none that a binding lists, and in none that it excludes", () => {
  const policies = [
    samplePolicy("a/b", { metadata: { match: { resources: ["*"], operations: ["CREATE"] } } }),
  ];
  const request = sampleRequest(CLUSTER_ROLE);
  expect(matchOf(snapshotOf({ namespaces: ["sh*"] }, { policies }), request).kind).toBe("no-match");
  expect(matchOf(snapshotOf({ excludedNamespaces: ["*"] }, { policies }), request).kind).toBe("match");
});

test("a policy that several bindings name matches once for each that fits, in the order of their names", () => {
  const bindings = ["c", "b", "a"].map((name) =>
    sampleBinding(name, { policies: ["pod-security/*"], match: name === "b" ? { users: ["bob"] } : {} }),
  );
  const matches = matchingPolicies(sampleRequest(), sampleSnapshot({ policies: [POLICY], bindings }));
  expect(matches.map(({ bound }) => bound.binding)).toEqual(["a", "c"]);
});

describe("excluded is", () => {
  const exclusions = {
    ...DEFAULT_EXCLUSIONS,
    namespaces: ["kube-*", "ops"],
    users: ["system:root"],
    namespaceLabel: "exempt",
  };
  const snapshot = sampleSnapshot({ exclusions, namespaces: knownNamespace("shop", { exempt: "" }) });

  test("a namespace by pattern, which is named", () => {
    expect(exclusionOf(sampleRequest({ namespace: "kube-system" }), snapshot)).toEqual({
      kind: "namespace",
      namespace: "kube-system",
      pattern: "kube-*",
    });
  });

  test("a user by the exact name", () => {
    const excluded = { username: "system:root", groups: [] };
    expect(exclusionOf(sampleRequest({ namespace: "", userInfo: excluded }), snapshot)).toEqual({
      kind: "user",
      user: "system:root",
    });
    const other = { username: "system:root2", groups: [] };
    expect(exclusionOf(sampleRequest({ namespace: "a", userInfo: other }), snapshot)).toBeUndefined();
  });

  test("a namespace with the label, whatever its value, if the namespace is known", () => {
    expect(exclusionOf(sampleRequest(), snapshot)).toEqual({
      kind: "namespace-label",
      namespace: "shop",
      label: "exempt",
    });
    const unlabelled = sampleSnapshot({ exclusions, namespaces: knownNamespace("shop", {}) });
    expect(exclusionOf(sampleRequest(), unlabelled)).toBeUndefined();
    expect(exclusionOf(sampleRequest(), sampleSnapshot({ exclusions }))).toBeUndefined();
  });

  test("never a Namespace object by its label: who sets it must be judged", () => {
    expect(exclusionOf(sampleRequest({ resource: NAMESPACES }), snapshot)).toBeUndefined();
  });

  test("nothing in no namespace, whatever the patterns", () => {
    const all = sampleSnapshot({ exclusions: { ...DEFAULT_EXCLUSIONS, namespaces: ["*"] } });
    expect(exclusionOf(sampleRequest(CLUSTER_ROLE), all)).toBeUndefined();
  });
});

test("the index finds what testing every policy finds", () => {
  const names = [
    "pods",
    "pods/exec",
    "deployments.apps",
    "deployments.apps/scale",
    "*",
    "*.apps",
    "*/scale",
    "services",
  ];
  const resources = fc.subarray(names, { minLength: 1, maxLength: 3 });
  const policies = fc
    .array(fc.option(resources, { nil: undefined }), { minLength: 1, maxLength: 6 })
    .map((lists) =>
      lists.map((list, index) =>
        samplePolicy(`pack/p${index}`, {
          metadata: { match: list === undefined ? undefined : { resources: list, operations: ["CREATE"] } },
        }),
      ),
    );
  const bindings = fc
    .array(fc.tuple(fc.constantFrom("*", "pack/p0*", "pack/*"), fc.option(resources, { nil: undefined })), {
      maxLength: 3,
    })
    .map((list) =>
      list.map(([pattern, narrowed], index) =>
        sampleBinding(`b${index}`, {
          policies: [pattern],
          match: narrowed === undefined ? {} : { resources: narrowed },
        }),
      ),
    );
  const request = fc
    .tuple(
      fc.constantFrom("", "apps", "example.com"),
      fc.constantFrom("pods", "deployments", "services", "widgets"),
      fc.constantFrom("", "exec", "scale"),
    )
    .map(([group, resource, subResource]) =>
      sampleRequest({ resource: { group, version: "v1", resource }, subResource }),
    );
  fc.assert(
    fc.property(policies, bindings, request, (policyList, bindingList, asked) => {
      const snapshot = sampleSnapshot({ policies: policyList, bindings: bindingList });
      const expected = snapshot.policies
        .filter((policy) => matchPolicy(policy, asked, snapshot).kind !== "no-match")
        .map(({ bound }) => bound);
      expect(matchingPolicies(asked, snapshot).map(({ bound }) => bound)).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});
