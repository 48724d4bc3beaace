import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { sampleBinding, sampleBound, samplePolicy } from "../../test/samples.ts";
import { ENFORCEMENTS } from "../policy/rule.ts";
import { bindPolicies, compareText } from "./bound-policy.ts";

const PRIVILEGED = samplePolicy("pod-security/privileged");
const HOST_PATH = samplePolicy("pod-security/host-path", { metadata: { enforcement: "warn" } });
const LABELS = samplePolicy("labels/required");

test("a policy that no binding names applies with its METADATA", () => {
  expect(bindPolicies([HOST_PATH], [])).toEqual([
    {
      policy: HOST_PATH,
      binding: undefined,
      enforcement: "warn",
      failurePolicy: "Ignore",
      updates: "new-violations-only",
      patchFailurePolicy: "Ignore",
      parameters: "{}",
      match: { excludedNamespaces: [] },
      groups: [{ enforcement: "warn", rules: [{ rule: "deny", entrypoint: HOST_PATH.entrypoints.deny }] }],
    },
  ]);
});

test("rules are grouped by what their findings lead to, in the order in which they are evaluated", () => {
  const entrypoints = { warn: "x/warn", violation: "x/violation", deny: "x/deny", patch: "x/patch" };
  expect(sampleBound(samplePolicy("a/x", { entrypoints })).groups).toEqual([
    {
      enforcement: "deny",
      rules: [
        { rule: "deny", entrypoint: "x/deny" },
        { rule: "violation", entrypoint: "x/violation" },
      ],
    },
    { enforcement: "warn", rules: [{ rule: "warn", entrypoint: "x/warn" }] },
  ]);
});

test("a binding's match, parameters, enforcement and failurePolicy reach each policy that it names", () => {
  const binding = sampleBinding("pods", {
    policies: ["pod-security/*"],
    match: { namespaces: ["prod-*"] },
    parameters: { allowed: [12] },
    enforcement: "audit",
    failurePolicy: "Fail",
  });
  const bound = bindPolicies([PRIVILEGED, LABELS, HOST_PATH], [binding]);
  expect(bound.map(({ policy, binding: name }) => [policy.id, name])).toEqual([
    ["labels/required", undefined],
    ["pod-security/host-path", "pods"],
    ["pod-security/privileged", "pods"],
  ]);
  expect(bound[1]).toMatchObject({
    enforcement: "audit",
    failurePolicy: "Fail",
    parameters: '{"allowed":[12]}',
    match: { namespaces: ["prod-*"] },
  });
});

test.each([
  ["deny", "Fail"],
  ["warn", "Ignore"],
  ["audit", "Ignore"],
])("under %s the failurePolicy is %s unless the binding says otherwise", (enforcement, failurePolicy) => {
  const policies = ["pod-security/privileged"];
  expect(sampleBound(PRIVILEGED, sampleBinding("a", { policies, enforcement })).failurePolicy).toBe(
    failurePolicy,
  );
  const other = failurePolicy === "Fail" ? "Ignore" : "Fail";
  const said = sampleBinding("a", { policies, enforcement, failurePolicy: other });
  expect(sampleBound(PRIVILEGED, said).failurePolicy).toBe(other);
});

test("under every enforcement the failurePolicy of a patch rule is Ignore unless the binding says otherwise", () => {
  const policies = ["pod-security/privileged"];
  for (const enforcement of ENFORCEMENTS) {
    expect(sampleBound(PRIVILEGED, sampleBinding("a", { policies, enforcement })).patchFailurePolicy).toBe(
      "Ignore",
    );
    const said = sampleBinding("a", { policies, enforcement, failurePolicy: "Fail" });
    expect(sampleBound(PRIVILEGED, said).patchFailurePolicy).toBe("Fail");
  }
});

test("an update is denied for what METADATA says, unless the binding says otherwise", () => {
  const policies = ["pod-security/privileged"];
  expect(sampleBound(PRIVILEGED).updates).toBe("new-violations-only");
  expect(sampleBound(PRIVILEGED, sampleBinding("a", { policies })).updates).toBe("new-violations-only");
  const changes = samplePolicy("pod-security/privileged", { metadata: { updates: "all-violations" } });
  expect(sampleBound(changes).updates).toBe("all-violations");
  expect(sampleBound(changes, sampleBinding("a", { policies })).updates).toBe("all-violations");
  for (const updates of ["all-violations", "new-violations-only"]) {
    for (const policy of [PRIVILEGED, changes]) {
      expect(sampleBound(policy, sampleBinding("a", { policies, updates })).updates).toBe(updates);
    }
  }
});

test("several bindings of one policy keep their own parameters, in the order of their names", () => {
  const bindings = ["b", "c", "a"].map((name) =>
    sampleBinding(name, { policies: ["labels/required"], parameters: { team: name } }),
  );
  expect(bindPolicies([LABELS], bindings).map(({ binding, parameters }) => [binding, parameters])).toEqual([
    ["a", '{"team":"a"}'],
    ["b", '{"team":"b"}'],
    ["c", '{"team":"c"}'],
  ]);
});

test("a binding may name several policies", () => {
  const binding = sampleBinding("a", { policies: ["labels/required", "pod-security/host-path"] });
  expect(bindPolicies([PRIVILEGED, LABELS, HOST_PATH], [binding]).map(({ binding: name }) => name)).toEqual([
    "a",
    "a",
    undefined,
  ]);
});

test("a binding that names a policy twice applies it once", () => {
  const binding = sampleBinding("a", { policies: ["labels/required", "labels/*"] });
  expect(bindPolicies([LABELS], [binding])).toHaveLength(1);
});

/** What binding throws, if it does. */
function failure(...args: Parameters<typeof bindPolicies>): unknown {
  try {
    return bindPolicies(...args);
  } catch (error) {
    return error;
  }
}

describe("refused are", () => {
  test("two bindings of one name, both places named", () => {
    const first = { ...sampleBinding("same", { policies: ["*"] }), position: { file: "one.yaml", line: 3 } };
    const second = { ...sampleBinding("same", { policies: ["*"] }), position: { file: "two.yaml" } };
    expect(failure([LABELS], [first, sampleBinding("other", { policies: ["*"] }), second])).toMatchObject({
      code: "BINDING_DUPLICATE",
      message: expect.stringMatching(/same.*one\.yaml:3/),
      position: { file: "two.yaml" },
    });
  });

  test("a policy that is not in the bundle, with the ids that are", () => {
    expect(failure([LABELS], [sampleBinding("a", { policies: ["*", "labels/missing"] })])).toMatchObject({
      code: "BINDING_UNKNOWN_POLICY",
      message: expect.stringContaining("labels/missing"),
      remedy: expect.stringContaining("labels/required"),
      position: { file: "a.yaml", line: 1 },
    });
  });

  test("a policy that no binding names, if its parameters have no defaults", () => {
    const parameters = { type: "object", properties: { team: { type: "string" } }, required: ["team"] };
    expect(failure([samplePolicy("labels/required", { metadata: { parameters } })], [])).toMatchObject({
      code: "PARAMETERS_INVALID",
      message: expect.stringMatching(/labels\/required in its METADATA .*team/s),
      position: undefined,
    });
  });

  test("parameters that do not fit, with the binding and its place", () => {
    const policy = samplePolicy("labels/required", {
      metadata: { parameters: { type: "object", properties: { labels: { type: "array" } } } },
    });
    const binding = sampleBinding("a", { policies: ["*"], parameters: { labels: 5 } });
    expect(failure([policy], [binding])).toMatchObject({
      code: "PARAMETERS_INVALID",
      message: expect.stringMatching(/labels\/required in the PolicyBinding a .*labels/s),
      position: { file: "a.yaml", line: 1 },
    });
  });
});

describe("a binding that could never apply a policy", () => {
  const policy = samplePolicy("a/pods");
  test.each<[string, Record<string, unknown>, RegExp]>([
    ["for other resources", { resources: ["configmaps"] }, /it is for pods, the binding for configmaps/],
    ["for a subresource", { resources: ["pods/exec"] }, /it is for pods, the binding for pods\/exec/],
    ["for other operations", { operations: ["DELETE"] }, /it is for CREATE, UPDATE, the binding for DELETE/],
  ])("%s is refused where it names the policy", (_name, match, why) => {
    expect(failure([policy], [sampleBinding("b", { policies: ["a/pods"], match })])).toMatchObject({
      code: "BINDING_INVALID",
      message: expect.stringMatching(why),
      position: { file: "b.yaml", line: 1 },
    });
  });

  test("does not mean the policy where it names it by a pattern: the policy still applies with its METADATA", () => {
    const services = samplePolicy("a/services", {
      metadata: { match: { resources: ["services"], operations: ["CREATE"] } },
    });
    const binding = sampleBinding("b", { policies: ["a/*"], match: { resources: ["services"] } });
    expect(
      bindPolicies([policy, services], [binding]).map((bound) => [bound.policy.id, bound.binding]),
    ).toEqual([
      ["a/pods", undefined],
      ["a/services", "b"],
    ]);
  });

  test.each([["*"], ["*.apps", "pods"], ["pods", "services"]])("is none if %s overlaps", (...resources) => {
    const binding = sampleBinding("b", { policies: ["a/pods"], match: { resources } });
    expect(bindPolicies([policy], [binding])).toHaveLength(1);
  });
});

function shuffled<T>(list: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length });
}

test("the order does not depend on the order in which policies and bindings were read", () => {
  const policies = [PRIVILEGED, HOST_PATH, LABELS];
  const bindings = ["a", "b", "c"].map((name) =>
    sampleBinding(name, { policies: name === "b" ? ["labels/*"] : ["*"] }),
  );
  const expected = bindPolicies(policies, bindings);
  expect(expected).toHaveLength(7);
  fc.assert(
    fc.property(shuffled(policies), shuffled(bindings), (somePolicies, someBindings) => {
      expect(bindPolicies(somePolicies, someBindings)).toEqual(expected);
    }),
  );
});

test("equal texts compare as equal", () => {
  expect(compareText("a", "a")).toBe(0);
});

test("texts are compared by code unit, the same everywhere", () => {
  expect(["b", "a", "B", "é", "a-b", "a"].toSorted(compareText)).toEqual(["B", "a", "a", "a-b", "b", "é"]);
});
