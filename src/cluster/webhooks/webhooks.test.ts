import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { sampleBinding, samplePolicy, sampleSnapshot } from "../../../test/samples.ts";
import { matchingPolicies } from "../../admission/match.ts";
import type { AdmissionRequest } from "../../admission/request.ts";
import { decodeReview } from "../../admission/review.ts";
import { readBundle } from "../../build/read-bundle.ts";
import { corporaOrReason, recordedReviews } from "../../../test/corpora.ts";
import { buildFolder } from "../../../test/policy-folder.ts";
import { DEFAULT_EXCLUSIONS } from "../../policy/binding.ts";
import { OPERATIONS } from "../../policy/rule.ts";
import { webhookConfigurations, withoutFail } from "./webhooks.ts";
import type { WebhookConfiguration, WebhookEntry, WebhookServer } from "./configuration.ts";

const SERVER: WebhookServer = {
  service: { namespace: "portcullis-system", name: "portcullis", port: 443 },
  caBundle: "Q0E=",
};

const GUARD = "exemption-guard.portcullis.dev";

type Sources = NonNullable<Parameters<typeof sampleSnapshot>[0]>;

function generate(sources: Sources, server: WebhookServer = SERVER) {
  return webhookConfigurations(sampleSnapshot(sources), server);
}

function policy(id: string, resources: readonly string[], metadata: Record<string, unknown> = {}) {
  return samplePolicy(id, {
    metadata: { match: { resources: [...resources], operations: ["CREATE", "UPDATE"] }, ...metadata },
  });
}

/** What each entry is asked about, shortly: `CREATE,UPDATE apps/deployments`. */
function rulesOf(sources: Sources, kind: "validating" | "mutating" = "validating") {
  const entries = generate(sources)[kind].webhooks.filter(({ name }) => name !== GUARD);
  return Object.fromEntries(
    entries.map(({ name, rules }) => [
      name.replace(".portcullis.dev", ""),
      rules.map(
        ({ operations, apiGroups, resources }) =>
          `${operations.join(",")} ${apiGroups.join(",")}/${resources.join(",")}`,
      ),
    ]),
  );
}

function conditions(sources: Sources, entry: string): ReadonlyMap<string, string> {
  const found = generate(sources).validating.webhooks.find(({ name }) => name === `${entry}.portcullis.dev`);
  return new Map(found?.matchConditions.map(({ name, expression }) => [name, expression]));
}

describe("the rules", () => {
  test.each<readonly [string, Sources, Record<string, unknown>]>([
    [
      "are under Fail for what a policy denies",
      { policies: [policy("a/b", ["pods", "deployments.apps", "deployments.apps/scale"])] },
      { "validate-fail": ["CREATE,UPDATE /pods", "CREATE,UPDATE apps/deployments,deployments/scale"] },
    ],
    [
      "are under Ignore for what policies only warn about or audit",
      {
        policies: [
          policy("a/b", ["pods"], { enforcement: "warn" }),
          policy("a/c", ["services"], { enforcement: "audit" }),
        ],
      },
      { "validate-ignore": ["CREATE,UPDATE /pods,services"] },
    ],
    [
      "are under Ignore where a binding says so",
      {
        policies: [policy("a/b", ["pods"])],
        bindings: [sampleBinding("x", { policies: ["a/b"], failurePolicy: "Ignore" })],
      },
      { "validate-ignore": ["CREATE,UPDATE /pods"] },
    ],
    [
      "are under Ignore for a policy whose only rule warns, whatever the binding says",
      {
        policies: [samplePolicy("a/b", { entrypoints: { warn: "a/b/warn" } })],
        bindings: [sampleBinding("x", { policies: ["a/b"], enforcement: "deny", failurePolicy: "Fail" })],
      },
      { "validate-ignore": ["CREATE,UPDATE /pods"] },
    ],
    [
      "name each resource and operation once, under Fail if any policy needs it",
      {
        policies: [
          policy("a/b", ["pods"]),
          samplePolicy("a/c", {
            metadata: {
              enforcement: "warn",
              match: { resources: ["pods", "services"], operations: ["CREATE", "DELETE"] },
            },
          }),
        ],
      },
      {
        "validate-fail": ["CREATE,UPDATE /pods"],
        "validate-ignore": ["CREATE,DELETE /services", "DELETE /pods"],
      },
    ],
    [
      "are narrowed by bindings",
      {
        policies: [policy("a/b", ["*"])],
        bindings: [
          sampleBinding("x", {
            policies: ["a/b"],
            match: { resources: ["pods", "*.apps"], operations: ["UPDATE"] },
          }),
        ],
      },
      { "validate-fail": ["UPDATE /pods"], "validate-ignore": ["UPDATE apps/*"] },
    ],
    [
      "never have a wildcard under Fail",
      { policies: [policy("a/b", ["*"])] },
      { "validate-ignore": ["CREATE,UPDATE */*"], "namespaces-ignore": ["CREATE,UPDATE /namespaces"] },
    ],
    [
      "are for Namespaces in an entry of their own",
      { policies: [policy("a/b", ["namespaces", "pods"])] },
      { "validate-fail": ["CREATE,UPDATE /pods"], "namespaces-fail": ["CREATE,UPDATE /namespaces"] },
    ],
    [
      "leave out what a control plane must be able to write",
      {
        policies: [
          policy("a/b", [
            "nodes",
            "events",
            "events.events.k8s.io",
            "leases.coordination.k8s.io",
            "certificatesigningrequests.certificates.k8s.io",
            "subjectaccessreviews.authorization.k8s.io",
            "tokenreviews.authentication.k8s.io",
            "endpoints",
            "endpointslices.discovery.k8s.io",
            "pods/binding",
            "pods/status",
            "widgets.example.com/status",
            "nodes/proxy",
          ]),
        ],
      },
      { "validate-fail": ["CREATE,UPDATE /nodes/proxy"] },
    ],
    [
      "have connections where a policy asks",
      {
        policies: [
          samplePolicy("a/b", {
            metadata: { match: { resources: ["pods/exec", "pods/attach"], operations: ["CONNECT"] } },
          }),
        ],
      },
      { "validate-fail": ["CONNECT /pods/attach,pods/exec"] },
    ],
    ["are none for no policy", {}, {}],
  ])("%s", (_, sources, expected) => {
    expect(rulesOf(sources)).toEqual(expected);
  });

  test("of mutation are those of patch rules, under Ignore whatever the binding says", () => {
    const patching = samplePolicy("a/b", {
      entrypoints: { patch: "a/b/patch" },
      metadata: { match: { resources: ["pods", "namespaces"], operations: [...OPERATIONS] } },
    });
    const sources = {
      policies: [patching, policy("a/c", ["services"])],
      bindings: [sampleBinding("x", { policies: ["a/b"], failurePolicy: "Fail" })],
    };
    expect(rulesOf(sources, "mutating")).toEqual({
      mutate: ["CREATE,UPDATE /pods"],
      "mutate-namespaces": ["CREATE,UPDATE /namespaces"],
    });
    expect(rulesOf(sources)).toEqual({ "validate-fail": ["CREATE,UPDATE /services"] });
    const { webhooks } = generate(sources).mutating;
    expect(webhooks.map((entry) => [entry.failurePolicy, entry.reinvocationPolicy])).toEqual([
      ["Ignore", "IfNeeded"],
      ["Ignore", "IfNeeded"],
    ]);
  });
});

describe("notes tell", () => {
  test("that a wildcard is not under Fail", () => {
    expect(generate({ policies: [policy("a/b", ["*"])] }).notes).toEqual([
      "a/b denies on *, but a wildcard is never under failurePolicy Fail: while Portcullis cannot answer, such objects are let in; name the resources in METADATA or in a PolicyBinding",
    ]);
  });

  test("what is never asked about", () => {
    expect(generate({ policies: [policy("a/b", ["nodes", "pods", "*/status"])] }).notes).toEqual([
      "a/b wants nodes, */status, which a control plane must always be able to write: no webhook is asked about them",
      expect.stringContaining("a/b denies on */status"),
    ]);
  });

  test("that a policy is for no resource that is known", () => {
    const unknown = samplePolicy("a/b", { metadata: { match: undefined } });
    expect(generate({ policies: [unknown] }).notes).toEqual([
      "a/b does not say which resources it is for, so no webhook is asked about it; name them in METADATA or in a PolicyBinding",
    ]);
  });
});

describe("every entry", () => {
  const sources = { policies: [policy("a/b", ["pods", "namespaces", "*.apps"])] };
  const { validating, mutating } = generate(sources);

  test("has what an API server accepts", () => {
    const names = validating.webhooks.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, rules, matchConditions } of validating.webhooks) {
      expect(name).toMatch(/^[a-z0-9-]+(\.[a-z0-9-]+){2,}$/);
      expect(rules).not.toHaveLength(0);
      expect(matchConditions.length).toBeLessThanOrEqual(64);
      expect(new Set(matchConditions.map((condition) => condition.name)).size).toBe(matchConditions.length);
    }
    expect(mutating.webhooks).toEqual([]);
  });

  test("names the service, its path and its certificates", () => {
    expect(new Set(validating.webhooks.map(({ clientConfig }) => JSON.stringify(clientConfig)))).toEqual(
      new Set([
        '{"service":{"namespace":"portcullis-system","name":"portcullis","path":"/validate","port":443},"caBundle":"Q0E="}',
      ]),
    );
  });

  test("may be reached by a URL", () => {
    const server = { url: "https://localhost:8443", caBundle: undefined };
    const [entry] = generate(sources, server).validating.webhooks;
    expect(entry?.clientConfig).toEqual({ url: "https://localhost:8443/validate" });
  });

  test("can be put under Ignore", () => {
    expect(new Set(withoutFail(validating).webhooks.map(({ failurePolicy }) => failurePolicy))).toEqual(
      new Set(["Ignore"]),
    );
  });
});

describe("excluded are", () => {
  const exclusions = { ...DEFAULT_EXCLUSIONS, namespaces: ["kube-system", "sandbox-*", "a.b*"] };
  const sources = { policies: [policy("a/b", ["pods", "namespaces"])], exclusions };
  const selectors = Object.fromEntries(
    generate(sources).validating.webhooks.map(({ name, namespaceSelector }) => [
      name,
      namespaceSelector.matchExpressions,
    ]),
  );
  const named = {
    key: "kubernetes.io/metadata.name",
    operator: "NotIn",
    values: ["kube-system", "portcullis-system"],
  };

  test("namespaces by name, the server's own, and those with the exemption label", () => {
    expect(selectors["validate-fail.portcullis.dev"]).toEqual([
      named,
      { key: "policy.portcullis.dev/exempt", operator: "DoesNotExist" },
    ]);
  });

  test("Namespaces by name only, since the API server tests the labels that come in", () => {
    expect(selectors["namespaces-fail.portcullis.dev"]).toEqual([named]);
  });

  test("none from the guard of the label", () => {
    expect(selectors[GUARD]).toBeUndefined();
  });

  test("namespaces by pattern, with a condition", () => {
    expect(conditions(sources, "validate-fail").get("no-excluded-namespaces")).toBe(
      "!has(request.namespace) || !request.namespace.matches('^(a[.]b.*|sandbox-.*)$')",
    );
  });
});

test("the guard is asked only when the label comes or goes, never by those who may, and about the self-probe", () => {
  const isProbe =
    "(request.operation == 'CREATE' && has(request.dryRun) && request.dryRun && object != null && has(object.metadata.annotations) && 'policy.portcullis.dev/self-probe' in object.metadata.annotations)";
  const { webhooks } = generate({}).validating;
  expect(webhooks).toMatchObject([
    {
      name: GUARD,
      failurePolicy: "Fail",
      rules: [
        {
          operations: ["CREATE", "UPDATE"],
          resources: ["namespaces", "namespaces/finalize", "namespaces/status"],
        },
      ],
      matchConditions: [
        {
          expression: `${isProbe} || (object != null && has(object.metadata.labels) && 'policy.portcullis.dev/exempt' in object.metadata.labels) != (oldObject != null && has(oldObject.metadata.labels) && 'policy.portcullis.dev/exempt' in oldObject.metadata.labels)`,
        },
        {
          expression: `${isProbe} || !(has(request.userInfo.groups) && request.userInfo.groups.exists(group, group in ['system:masters', 'kubeadm:cluster-admins']))`,
        },
      ],
    },
  ]);
});

test("a wildcard leaves out by condition what other entries are asked about", () => {
  const sources = {
    policies: [
      policy("a/all", ["*"], { enforcement: "warn" }),
      policy("a/some", ["pods", "deployments.apps", "pods/exec"]),
    ],
  };
  const found = conditions(sources, "validate-ignore");
  expect(found.get("no-namespaces")).toBe(
    "!(request.resource.group == '' && request.resource.resource == 'namespaces')",
  );
  const key =
    "(request.resource.group + '/' + request.resource.resource + '/' + (has(request.subResource) ? request.subResource : ''))";
  expect(found.get("not-by-validate-fail")).toBe(
    `!(request.operation == 'CREATE' && ${key} in ['/pods/', 'apps/deployments/'] || request.operation == 'UPDATE' && ${key} in ['/pods/', 'apps/deployments/'])`,
  );
  expect(conditions(sources, "validate-fail").has("not-by-validate-fail")).toBe(false);
});

/** The entries whose rules fit a request, as an API server reads rules; none has a wildcard here. */
function entriesAskedAbout(
  {
    operation,
    subResource,
    resource: { group, resource },
  }: Pick<AdmissionRequest, "operation" | "subResource" | "resource">,
  { webhooks }: WebhookConfiguration,
): readonly WebhookEntry[] {
  const name = subResource === "" ? resource : `${resource}/${subResource}`;
  return webhooks.filter(
    (entry) =>
      entry.name !== GUARD &&
      entry.rules.some(
        ({ apiGroups, operations, resources }) =>
          apiGroups.includes(group) && operations.includes(operation) && resources.includes(name),
      ),
  );
}

const RESOURCES = ["pods", "pods/exec", "services", "namespaces", "deployments.apps", "widgets.example.com"];

const anyPolicies = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom("a", "b", "c", "d", "e"),
    resources: fc.uniqueArray(fc.constantFrom(...RESOURCES), { minLength: 1 }),
    operations: fc.uniqueArray(fc.constantFrom(...OPERATIONS), { minLength: 1 }),
    enforcement: fc.constantFrom("deny" as const, "warn" as const, "audit" as const),
  }),
  { selector: ({ name }) => name },
);

test("what policies want is asked about once, and under Fail exactly where one denies", () => {
  fc.assert(
    fc.property(
      anyPolicies,
      fc.constantFrom(...RESOURCES),
      fc.constantFrom(...OPERATIONS),
      (all, name, operation) => {
        const policies = all.map(({ name: id, resources, operations, enforcement }) =>
          samplePolicy(`p/${id}`, { metadata: { enforcement, match: { resources, operations } } }),
        );
        const wanting = all.filter(
          ({ resources, operations }) => resources.includes(name) && operations.includes(operation),
        );
        const [qualified = "", subResource = ""] = name.split("/");
        const [resource = "", ...group] = qualified.split(".");
        const request = {
          operation,
          subResource,
          resource: { group: group.join("."), version: "v1", resource },
        };
        const asked = entriesAskedAbout(request, generate({ policies }).validating);
        const expected = wanting.some(({ enforcement }) => enforcement === "deny") ? "Fail" : "Ignore";
        expect(asked.map(({ failurePolicy }) => failurePolicy)).toEqual(
          wanting.length === 0 ? [] : [expected],
        );
      },
    ),
  );
});

test("equal inputs give equal texts, in whatever order they come", () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray(RESOURCES, { minLength: RESOURCES.length }),
      fc.boolean(),
      (resources, reversed) => {
        const policies = [policy("a/b", resources), policy("a/c", ["secrets"], { enforcement: "warn" })];
        const text = JSON.stringify(generate({ policies: reversed ? policies.toReversed() : policies }));
        expect(text).toBe(
          JSON.stringify(
            generate({
              policies: [policy("a/b", RESOURCES), policy("a/c", ["secrets"], { enforcement: "warn" })],
            }),
          ),
        );
      },
    ),
  );
});

const corpora = corporaOrReason("webhooks of recorded reviews");

const describeCorpora = corpora === undefined ? describe.skip : describe;

describeCorpora("every recorded review", () => {
  test("that a shipped policy matches is asked about by one entry, and others by none", async () => {
    const { revision, policies } = await readBundle((await buildFolder("policies")).file);
    const snapshot = sampleSnapshot({ revision, policies });
    const { validating } = webhookConfigurations(snapshot, SERVER);
    const counts = { Fail: 0, Ignore: 0, none: 0 };
    for (const text of await recordedReviews(corpora ?? "", "validate.jsonl.gz")) {
      const request = decodeReview(new TextEncoder().encode(text));
      const validators = matchingPolicies(request, snapshot)
        .map(({ bound }) => bound)
        .filter(({ groups }) => groups.length > 0);
      const expected = validators.some(({ enforcement }) => enforcement === "deny") ? "Fail" : "Ignore";
      const asked = entriesAskedAbout(request, validating).map(({ failurePolicy }) => failurePolicy);
      expect(asked).toEqual(validators.length === 0 ? [] : [expected]);
      counts[validators.length === 0 ? "none" : expected] += 1;
    }
    expect(Object.values(counts)).not.toContain(0);
  });
});
