import { describe, expect, test } from "@jest/globals";
import { BindingMatch, DEFAULT_EXCLUSIONS, Exclusions, PolicyBinding } from "./binding.ts";

const BINDING = {
  apiVersion: "policy.portcullis.dev/v1alpha1",
  kind: "PolicyBinding",
  metadata: { name: "pods" },
  spec: { policies: ["pod-security/*"] },
};

/** The paths at which a value is refused. */
function refused(
  schema: typeof PolicyBinding | typeof Exclusions | typeof BindingMatch,
  value: unknown,
): readonly string[] {
  return schema.safeParse(value).error?.issues.map(({ path }) => path.join(".")) ?? [];
}

describe("a PolicyBinding", () => {
  test("needs a name and policies; the rest narrows nothing and changes nothing", () => {
    expect(PolicyBinding.parse(BINDING).spec).toEqual({
      policies: ["pod-security/*"],
      match: { excludedNamespaces: [] },
      parameters: {},
    });
  });

  test("may say all that there is to say", () => {
    const spec = {
      policies: ["a/b"],
      match: {
        resources: ["pods", "deployments.apps", "pods/exec", "*"],
        operations: ["CREATE", "UPDATE", "DELETE", "CONNECT"],
        namespaces: ["*"],
        excludedNamespaces: ["*-test9"],
        namespaceSelector: {
          matchLabels: { env: "prod" },
          matchExpressions: [{ key: "a", operator: "Exists", values: [] }],
        },
        objectSelector: { matchLabels: {}, matchExpressions: [{ key: "a", operator: "In", values: ["b"] }] },
        users: ["a"],
        groups: ["g"],
      },
      parameters: { any: [{ thing: null }] },
      enforcement: "audit",
      updates: "all-violations",
      failurePolicy: "Ignore",
    };
    const metadata = { name: "9.b-c9", labels: { a: "b" }, annotations: { c: "d" } };
    expect(PolicyBinding.parse({ ...BINDING, metadata, spec })).toEqual({ ...BINDING, metadata, spec });
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["another apiVersion", { apiVersion: "policy.portcullis.dev/v1" }, "apiVersion"],
    ["another kind", { kind: "PolicyException" }, "kind"],
    ["no name", { metadata: {} }, "metadata.name"],
    ["a name in capitals", { metadata: { name: "Pods" } }, "metadata.name"],
    ["a name that ends in a dot", { metadata: { name: "pods." } }, "metadata.name"],
    ["a name of 254 characters", { metadata: { name: "a".repeat(254) } }, "metadata.name"],
    ["an unknown key of the object", { status: {} }, ""],
    ["an unknown key of metadata", { metadata: { name: "a", namespace: "b" } }, "metadata"],
    ["no policies", { spec: { policies: [] } }, "spec.policies"],
    ["an unknown key of spec", { spec: { policies: ["a/b"], enforcment: "deny" } }, "spec"],
    ["an unknown enforcement", { spec: { policies: ["a/b"], enforcement: "dryrun" } }, "spec.enforcement"],
    [
      "an unknown failurePolicy",
      { spec: { policies: ["a/b"], failurePolicy: "ignore" } },
      "spec.failurePolicy",
    ],
    ["an unknown kind of updates", { spec: { policies: ["a/b"], updates: "none" } }, "spec.updates"],
    ["parameters that are no object", { spec: { policies: ["a/b"], parameters: [] } }, "spec.parameters"],
  ])("with %s is refused there", (_name, difference, path) => {
    expect(refused(PolicyBinding, { ...BINDING, ...difference })).toEqual([path]);
  });
});

test.each<[string, Record<string, unknown>, string]>([
  ["an unknown criterion", { namespace: ["a"] }, ""],
  ["no resources", { resources: [] }, "resources"],
  ["a resource without its group", { resources: ["pods", "deployments"] }, "resources.1"],
  ["a kind that is none", { resources: ["Pot"] }, "resources.0"],
  ["a pattern for users", { users: ["system:*"] }, "users.0"],
  ["an unknown operation", { operations: ["create"] }, "operations.0"],
  ["a namespace that cannot be", { namespaces: ["a", "Prod"] }, "namespaces.1"],
  ["an empty namespace", { excludedNamespaces: [""] }, "excludedNamespaces.0"],
  ["no users", { users: [] }, "users"],
  ["an empty group", { groups: [""] }, "groups.0"],
  [
    "labels that are no strings",
    { objectSelector: { matchLabels: { a: 1 } } },
    "objectSelector.matchLabels.a",
  ],
  ["an unknown key of a selector", { namespaceSelector: { labels: {} } }, "namespaceSelector"],
])("a match with %s is refused there", (_name, match, path) => {
  expect(refused(BindingMatch, match)).toContain(path);
});

describe("Exclusions", () => {
  const object = { ...BINDING, kind: "Exclusions", metadata: { name: "default" } };

  test("say what is excluded; the label has a default", () => {
    const spec = { namespaces: ["kube-*"], users: ["system:kube-scheduler"] };
    expect(Exclusions.parse({ ...object, spec }).spec).toEqual({
      ...spec,
      namespaceLabel: DEFAULT_EXCLUSIONS.namespaceLabel,
      namespaceLabelGroups: ["system:masters", "kubeadm:cluster-admins"],
    });
  });

  test("that say nothing exclude nothing but by the label", () => {
    expect(Exclusions.parse({ ...object, spec: {} }).spec).toEqual({
      namespaces: [],
      users: [],
      namespaceLabel: "policy.portcullis.dev/exempt",
      namespaceLabelGroups: ["system:masters", "kubeadm:cluster-admins"],
    });
  });

  test("with an unknown key are refused", () => {
    expect(refused(Exclusions, { ...object, spec: { groups: ["a"] } })).toEqual(["spec"]);
  });

  test.each([
    ["team-a", []],
    ["team-*", []],
    [`${"x".repeat(70)}*`, []],
    ["team-a-", ["spec.namespaces.0"]],
    ["team.a", ["spec.namespaces.0"]],
    ["x".repeat(63), []],
    ["x".repeat(64), ["spec.namespaces.0"]],
  ])("name namespaces that a selector can hold, or patterns: %s", (name, places) => {
    expect(refused(Exclusions, { ...object, spec: { namespaces: [name] } })).toEqual(places);
  });

  test("are, by default, the namespaces of the control plane, and valid", () => {
    expect(Exclusions.parse({ ...object, spec: DEFAULT_EXCLUSIONS }).spec).toEqual(DEFAULT_EXCLUSIONS);
    expect(DEFAULT_EXCLUSIONS.namespaces).toContain("kube-system");
  });
});

test("kinds of built-in types stand for their resources", () => {
  expect(BindingMatch.parse({ resources: ["Deployment.apps", "pods/exec", "Pod"] }).resources).toEqual([
    "deployments.apps",
    "pods/exec",
    "pods",
  ]);
});
