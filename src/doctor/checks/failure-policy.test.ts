import { describe, expect, test } from "@jest/globals";
import { withProbe } from "../../cluster/webhooks/probe.ts";
import { withoutFail } from "../../cluster/webhooks/webhooks.ts";
import { found, namespace, seen, SERVICE, stored, VALIDATING } from "../../../test/doctor/healthy.ts";
import { StoredWebhooks } from "../observe/objects.ts";

test("everything under Ignore by an annotation of somebody else is drift, not an installation", () => {
  const { metadata, ...rest } = stored(withoutFail(VALIDATING));
  const installed = stored(VALIDATING).metadata.annotations;
  const annotations = { ...metadata.annotations, ...installed };
  const findings = found({
    validating: seen([StoredWebhooks.parse({ ...rest, metadata: { ...metadata, annotations } })]),
  });
  expect(findings.join("\n")).not.toContain("all-under-ignore");
  expect(findings).not.toEqual([]);
});

test("an installation under Ignore is told once, and is no drift", () => {
  expect(found({ validating: seen([stored(withoutFail(VALIDATING))]) })).toEqual([
    "all-under-ignore: The ValidatingWebhookConfiguration portcullis was installed with --failure-policy-ignore: everything in it is under Ignore, also where policies deny.",
  ]);
});

describe("an installation that was killed", () => {
  const server = { service: SERVICE, caBundle: undefined };
  const killed = stored(withProbe(withoutFail(VALIDATING), server));
  const UNFINISHED =
    "installation-unfinished: An installation has not come to its end: everything in the ValidatingWebhookConfiguration portcullis is under Ignore until `portcullis webhooks --apply` is run again.";

  test("is no choice, and its probe no drift", () => {
    expect(found({ validating: seen([killed]) })).toEqual([UNFINISHED]);
  });

  test("holds up nobody with its probe, and hides whether somebody answers", () => {
    const texts = found({
      validating: seen([killed]),
      serviceState: seen("no-endpoints"),
      answers: seen([{ code: 201, body: {} }]),
    });
    expect(texts.filter((text) => text.startsWith("fail-without-server"))).toEqual([]);
    expect(texts).toContain(UNFINISHED);
    expect(texts.find((text) => text.startsWith("server-not-asked"))).toContain(
      "or got no answer, which is not told under failurePolicy Ignore",
    );
  });

  test("is drift where somebody else has added the probe's entry", () => {
    const findings = found({ validating: seen([stored(withProbe(VALIDATING, server))]) });
    expect(findings.map((text) => text.split(":")[0])).toEqual(["webhook-entry-added"]);
  });
});

test("everything under Ignore without that is drift, told once", () => {
  const { webhooks } = withoutFail(VALIDATING);
  const ids = found({ validating: seen([stored({ ...VALIDATING, webhooks })]) }).map(
    (text) => text.split(":")[0],
  );
  expect(ids).toEqual(["failure-policy-differs"]);
});

const PODS = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }];

function foreign(entry: object, name = "other"): readonly string[] {
  const other = StoredWebhooks.parse({
    metadata: { name },
    webhooks: [{ name: "w.example.com", ...entry }],
  });
  return found({
    validating: seen([stored(VALIDATING), other]),
    namespace: seen(namespace("portcullis-system", { tier: "platform" })),
  });
}

test("another's webhook that is asked about new Pods under Fail, the default, is told", () => {
  expect(foreign({ rules: PODS })).toEqual([
    "foreign-webhook-blocks: The entry w.example.com of the validating webhook configuration other is asked about new Pods in portcullis-system, under failurePolicy Fail.",
  ]);
});

test("a name that begins as ours makes it none of ours", () => {
  expect(foreign({ rules: PODS }, "portcullis-backup")).toEqual([
    expect.stringMatching(/^foreign-webhook-blocks: .* configuration portcullis-backup is asked about/),
  ]);
});

test("a wildcard is asked about everything that Portcullis needs", () => {
  const rules = [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*/*"] }];
  expect(foreign({ rules, matchConditions: [{ name: "a", expression: "true" }] })[0]).toContain(
    "new Pods and its Lease and its Secret in portcullis-system, under failurePolicy Fail (unless its matchConditions leave them out)",
  );
});

test.each([
  ["is under Ignore", { rules: PODS, failurePolicy: "Ignore" }],
  ["is asked about Services", { rules: [{ ...PODS[0], resources: ["services"] }] }],
  ["is asked about subresources only", { rules: [{ ...PODS[0], resources: ["pods/exec"] }] }],
  ["is asked about UPDATE only", { rules: [{ ...PODS[0], operations: ["UPDATE"] }] }],
  ["is for other namespaces", { rules: PODS, namespaceSelector: { matchLabels: { tier: "web" } } }],
  [
    "leaves the namespace out by its name",
    {
      rules: PODS,
      namespaceSelector: {
        matchExpressions: [
          { key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["portcullis-system"] },
        ],
      },
    },
  ],
  ["is for what is in no namespace", { rules: [{ ...PODS[0], scope: "Cluster" }] }],
  ["is for other Pods", { rules: PODS, objectSelector: { matchLabels: { inject: "yes" } } }],
])("one that %s is in nobody's way", (_, entry) => {
  expect(foreign(entry)).toEqual([]);
});

test("a selector that cannot be read may select", () => {
  expect(foreign({ rules: PODS, namespaceSelector: { matchExpressions: "all" } })).toHaveLength(1);
});
