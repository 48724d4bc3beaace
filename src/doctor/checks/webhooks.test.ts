import { describe, expect, test } from "@jest/globals";
import {
  ABSENT,
  deployment,
  found,
  HEALTHY,
  MUTATING,
  seen,
  SERVICE,
  stored,
  VALIDATING,
} from "../../../test/doctor/healthy.ts";
import { RECORD_ANNOTATION, recorded } from "../../cluster/install/record.ts";
import type { WebhookConfiguration } from "../../cluster/webhooks/configuration.ts";
import { diagnose } from "../diagnose.ts";
import { differences } from "./webhook-differences.ts";
import { StoredWebhooks } from "../observe/objects.ts";
import type { Facts } from "../observe/observation.ts";

const FIRST = "validate-fail.portcullis.dev";

/** With the first entry changed. */
function changed(fields: object): Partial<Facts> {
  return {
    validating: seen([
      stored(VALIDATING, (entry) => (entry["name"] === FIRST ? { ...entry, ...fields } : entry)),
    ]),
  };
}

test.each<readonly [string, object, string]>([
  [
    "failurePolicy",
    { failurePolicy: "Ignore" },
    "failure-policy-differs: In the ValidatingWebhookConfiguration portcullis failurePolicy of the entry validate-fail.portcullis.dev is Ignore, not Fail.",
  ],
  [
    "timeoutSeconds",
    { timeoutSeconds: 30 },
    "webhook-field-differs: In the ValidatingWebhookConfiguration portcullis timeoutSeconds of the entry validate-fail.portcullis.dev is 30, not 5.",
  ],
  [
    "matchConditions",
    { matchConditions: [] },
    "webhook-scope-differs: In the ValidatingWebhookConfiguration portcullis the matchConditions of the entry validate-fail.portcullis.dev are not those that Portcullis makes.",
  ],
  [
    "objectSelector",
    { objectSelector: { matchLabels: { a: "b" } } },
    'webhook-scope-differs: In the ValidatingWebhookConfiguration portcullis objectSelector of the entry validate-fail.portcullis.dev is {"matchLabels":{"a":"b"}}, not {}.',
  ],
  [
    "rules",
    {
      rules: [
        {
          apiGroups: ["apps"],
          apiVersions: ["*"],
          operations: ["CREATE"],
          resources: ["deployments/scale"],
          scope: "*",
        },
      ],
    },
    "webhook-rules-differ: In the ValidatingWebhookConfiguration portcullis the entry validate-fail.portcullis.dev is not asked about CREATE pods, UPDATE pods and is asked about CREATE deployments.apps/scale without need.",
  ],
])("%s that is not as it should be is told with both sides", (_, fields, message) => {
  expect(found(changed(fields))).toEqual([message]);
});

test("everything in which an entry differs is told, not only the first", () => {
  const ids = found(changed({ timeoutSeconds: 1, sideEffects: "Some", failurePolicy: "Ignore" })).map(
    (text) => text.split(":")[0],
  );
  expect(ids).toEqual(["failure-policy-differs", "webhook-field-differs"]);
});

test("another server is told without its authority", () => {
  const service = { namespace: "x", name: "y", path: "/validate", port: 1 };
  const [message = ""] = found(changed({ clientConfig: { service, caBundle: "Q0E=" } }));
  expect(message).toMatch(/^webhook-server-differs: .*"namespace":"x"/);
  expect(message).not.toContain("caBundle");
});

test("entries that are missing or too much are told by name", () => {
  const validating = seen([
    stored(VALIDATING, (entry) => (entry["name"] === FIRST ? { ...entry, name: "x.y.z" } : entry)),
  ]);
  expect(found({ validating })).toEqual([
    expect.stringMatching(
      /^webhook-entry-missing: .* the entry validate-fail\.portcullis\.dev is missing\.$/,
    ),
    expect.stringMatching(/^webhook-entry-added: .* the entry x\.y\.z is not one that Portcullis makes/),
  ]);
});

test("members of any shape are differences and no failures", () => {
  const odd = { name: FIRST, rules: "all", matchConditions: 7, clientConfig: null, namespaceSelector: [] };
  expect(differences(VALIDATING, [odd]).length).toBeGreaterThan(5);
});

test("configurations that are missing, or of which none is needed", () => {
  expect(found({ mutating: seen([]) })).toEqual([
    "webhooks-missing: There is no MutatingWebhookConfiguration portcullis.",
  ]);
  const { expected } = HEALTHY;
  if (expected.kind !== "known") throw new Error("they are known");
  const webhooks = { ...expected.webhooks, mutating: { ...MUTATING, webhooks: [] } };
  expect(found({ mutating: seen([]), expected: { ...expected, webhooks } })).toEqual([]);
});

test("what another tool has installed is not kept", () => {
  const { metadata, ...rest } = stored(MUTATING);
  const managedFields = [{ manager: "kubectl", operation: "Update" }];
  const mutating = seen([StoredWebhooks.parse({ ...rest, metadata: { ...metadata, managedFields } })]);
  expect(found({ mutating })).toEqual([
    "webhooks-not-kept: The MutatingWebhookConfiguration portcullis was not installed by `portcullis webhooks --apply` but by kubectl.",
  ]);
});

describe("configurations that were installed for another Service", () => {
  const service = { ...SERVICE, namespace: "old" };
  const installed = (configuration: WebhookConfiguration): StoredWebhooks => {
    const { metadata } = recorded(configuration, { service, caBundle: undefined });
    const { metadata: now, ...rest } = stored(configuration);
    return StoredWebhooks.parse({ ...rest, metadata: { ...now, annotations: metadata.annotations } });
  };
  const facts = {
    ...HEALTHY,
    validating: seen([installed(VALIDATING)]),
    mutating: seen([stored(MUTATING)]),
  };

  test("are left alone by the leader of this one", () => {
    expect(diagnose(facts)).toEqual([
      expect.objectContaining({
        id: "webhooks-not-kept",
        message:
          "The ValidatingWebhookConfiguration portcullis was installed for the Service old/portcullis: the leader here leaves it alone.",
        fix: expect.stringMatching(
          /^If that Service is the one that is meant, .*--service old\/portcullis\. /,
        ),
      }),
    ]);
  });

  test("are put back by nobody", () => {
    const [{ metadata, webhooks }] = [installed(VALIDATING)];
    const entries = webhooks.map((entry) => ({ ...entry, timeoutSeconds: 30 }));
    const validating = seen([StoredWebhooks.parse({ metadata, webhooks: entries })]);
    const differing = diagnose({ ...facts, validating }).find(({ id }) => id === "webhook-field-differs");
    expect(differing?.fix).toMatch(/^Nobody is known to put it back/);
  });

  test("at another port are kept", () => {
    const { metadata } = recorded(VALIDATING, { service: { ...SERVICE, port: 9443 }, caBundle: undefined });
    const { metadata: now, ...rest } = stored(VALIDATING);
    const other = StoredWebhooks.parse({ ...rest, metadata: { ...now, annotations: metadata.annotations } });
    expect(found({ validating: seen([other]) })).toEqual([]);
  });
});

describe("configurations of which the API server does not know who set them", () => {
  const { metadata, ...rest } = stored(MUTATING);
  const mutating = seen([StoredWebhooks.parse({ ...rest, metadata: { ...metadata, managedFields: [] } })]);
  const without = seen(deployment({ args: ["serve", "--manage-certificates"] }));

  test.each<readonly [string, Partial<Facts>]>([
    ["that is told to", {}],
    [
      "of servers that are not seen, but hold the Lease",
      { deployment: ABSENT, serviceState: seen("external") },
    ],
  ])("are not kept by a leader %s", (_, changes) => {
    const [first] = diagnose({ ...HEALTHY, ...changes, mutating }).filter(
      ({ check }) => check === "webhooks",
    );
    expect(first).toMatchObject({
      id: "webhooks-not-kept",
      message:
        "The MutatingWebhookConfiguration portcullis was not installed by `portcullis webhooks --apply`: it has no managedFields.",
      fix: expect.stringMatching(
        /kubectl delete validatingwebhookconfigurations,mutatingwebhookconfigurations portcullis.*webhooks --apply/,
      ),
    });
  });

  test("are not kept, either, where Portcullis has not written what it installed", () => {
    const annotations = { [RECORD_ANNOTATION]: "{}" };
    const unrecorded = StoredWebhooks.parse({ ...rest, metadata: { ...metadata, annotations } });
    expect(found({ mutating: seen([unrecorded]) })).toEqual([
      "webhooks-not-kept: The MutatingWebhookConfiguration portcullis has no annotation policy.portcullis.dev/installed that Portcullis has written: an older version has installed it, or somebody has changed that.",
    ]);
    expect(found({ mutating: seen([unrecorded]), deployment: without })).toEqual([]);
  });

  test("are nobody's fault where nobody keeps them, whoever is known to have set them", () => {
    expect(found({ mutating, deployment: without })).toEqual([]);
    const managedFields = [{ manager: "argocd-controller", operation: "Update" }];
    const tooling = seen([StoredWebhooks.parse({ ...rest, metadata: { ...metadata, managedFields } })]);
    expect(found({ mutating: tooling, deployment: without })).toEqual([]);
    expect(found({ mutating: tooling })).toEqual([expect.stringContaining("but by argocd-controller")]);
  });
});

test.each<readonly [string, Partial<Facts>, RegExp]>([
  ["a leader keeps them", {}, /^The leader puts it back by itself within seconds/],
  ["nobody leads", { lease: ABSENT }, /^Nobody is known to put it back/],
  [
    "how servers elsewhere run is not known",
    { deployment: ABSENT, serviceState: seen("external") },
    /^If the servers run with --keep-webhooks, the leader puts it back/,
  ],
  [
    "the servers do not keep them",
    { deployment: seen(deployment({ args: ["serve", "--manage-certificates"] })) },
    /^Nobody is known to put it back/,
  ],
])("where %s, a difference says who puts it back", (_, changes, fix) => {
  const findings = diagnose({ ...HEALTHY, ...changed({ timeoutSeconds: 30 }), ...changes });
  expect(findings.find(({ id }) => id === "webhook-field-differs")?.fix).toMatch(fix);
});

test("a probe's configuration that was left behind", () => {
  const left = StoredWebhooks.parse({ metadata: { name: "portcullis-self-probe" } });
  expect(found({ validating: seen([stored(VALIDATING), left]) })[0]).toMatch(
    /^probe-left-behind: .*portcullis-self-probe/,
  );
});

test("a policy that no webhook is asked about is told in the words of `portcullis webhooks`", () => {
  const { expected } = HEALTHY;
  if (expected.kind !== "known") throw new Error("they are known");
  const webhooks = { ...expected.webhooks, notes: ["shop/lost does not say which resources it is for"] };
  expect(found({ expected: { ...expected, webhooks } })).toEqual([
    "policy-unasked: shop/lost does not say which resources it is for.",
  ]);
});

test("where nothing is installed nobody is asked, which is told once", () => {
  const nothing = { validating: seen([]), mutating: seen([]), answers: ABSENT };
  const problems = found(nothing).filter((text) => !text.startsWith("not-checked"));
  expect(problems).toEqual([
    "webhooks-missing: There is no ValidatingWebhookConfiguration and no MutatingWebhookConfiguration portcullis.",
  ]);
});
