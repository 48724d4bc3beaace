import { expect, test } from "@jest/globals";
import { found, HEALTHY, NOW, seen, stored, VALIDATING } from "../../../test/doctor/healthy.ts";
import { diagnose } from "../diagnose.ts";
import { StoredWebhooks } from "../observe/objects.ts";

const entry = (fields: object) => ({
  'k:{"name":"validate-fail.portcullis.dev"}': { ".": {}, "f:name": {}, ...fields },
});

/** Owned by somebody else, too, since so many seconds; the fields are as an API server of Kubernetes 1.36 keeps them. */
function owned(manager: string, operation: string, seconds: number, webhooks: object) {
  const configuration = stored(VALIDATING);
  const time = new Date(NOW.getTime() - seconds * 1_000);
  const other = { manager, operation, time, fieldsV1: { "f:webhooks": webhooks } };
  const managedFields = [...configuration.metadata.managedFields, other];
  return {
    validating: seen([
      StoredWebhooks.parse(
        JSON.parse(
          JSON.stringify({ ...configuration, metadata: { ...configuration.metadata, managedFields } }),
        ),
      ),
    ]),
  };
}

const TIMEOUT = entry({ "f:timeoutSeconds": {} });

test("a tool that applies the same object is told, with when it did", () => {
  const facts = owned("argocd-controller", "Apply", 5, TIMEOUT);
  expect(diagnose({ ...HEALTHY, ...facts })).toMatchObject([
    { id: "webhooks-contested", items: ["argocd-controller, last at 2026-03-01T11:59:55.000Z"] },
  ]);
});

test.each<readonly [string, Parameters<typeof owned>]>([
  ["what a person has edited", ["kubectl-edit", "Update", 60, TIMEOUT]],
  ["what nobody has written for an hour", ["argocd-controller", "Apply", 4_000, TIMEOUT]],
  [
    "cert-manager's injector, which has every caBundle",
    ["cainjector", "Apply", 60, entry({ "f:clientConfig": { "f:caBundle": {} } })],
  ],
])("%s is no contest", (_, owner) => {
  expect(found(owned(...owner))).toEqual([]);
});

test("what differs follows from it", () => {
  const { validating } = owned("argocd-controller", "Apply", 60, TIMEOUT);
  const changed = validating.kind === "seen" ? validating.value : [];
  const webhooks = changed.map((each) => ({
    ...each,
    webhooks: each.webhooks.map((one) => ({ ...one, timeoutSeconds: 30 })),
  }));
  const findings = diagnose({ ...HEALTHY, validating: seen(webhooks) });
  expect(findings.map(({ id, follows }) => [id, follows])).toEqual([
    ["webhooks-contested", undefined],
    ["webhook-field-differs", "webhooks-contested"],
  ]);
  expect(findings[1]).toMatchObject({
    message: "In the ValidatingWebhookConfiguration portcullis 2 things differ.",
    items: [
      "timeoutSeconds of the entry validate-fail.portcullis.dev is 30, not 5",
      "timeoutSeconds of the entry exemption-guard.portcullis.dev is 30, not 5",
    ],
  });
});

test("a copy under another name is told, whoever made it", () => {
  const copy = {
    ...stored(VALIDATING),
    metadata: { ...stored(VALIDATING).metadata, name: "prod-portcullis" },
  };
  expect(found({ validating: seen([stored(VALIDATING), copy]) })).toEqual([
    "second-installation: The validating webhook configuration prod-portcullis has entries of Portcullis, beside those of portcullis.",
  ]);
});
