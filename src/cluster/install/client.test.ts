import { describe, expect, test } from "@jest/globals";
import { isJsonObject } from "../../policy/json.ts";
import type { ApiAnswer, ApiRequest } from "../api/request.ts";
import { webhookCluster } from "./client.ts";
import type { WebhookCluster } from "./cluster.ts";
import { webhookConfiguration } from "../webhooks/configuration.ts";

const ID = { kind: "ValidatingWebhookConfiguration", name: "portcullis" } as const;
const PATH = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/portcullis";
const SERVICE = { namespace: "portcullis-system", name: "portcullis" };

/** A cluster whose API server gives these answers, one after the other, and what it was asked. */
function answering(...answers: readonly { readonly code: number; readonly body?: unknown }[]) {
  const asked: ApiRequest[] = [];
  const cluster = webhookCluster(async (request): Promise<ApiAnswer> => {
    const { code, body } = answers[asked.length] ?? { code: 500, body: {} };
    asked.push(request);
    const read: unknown = JSON.parse(JSON.stringify(body ?? {}));
    return { code, body: isJsonObject(read) ? read : {} };
  });
  return { cluster, asked };
}

test("a configuration is applied on the server, under one name, and never by force unless told", async () => {
  const { cluster, asked } = answering({ code: 200, body: { metadata: {} } });
  const configuration = webhookConfiguration(ID, []);
  await cluster.apply(configuration, { dryRun: true, force: false });
  expect(asked).toEqual([
    {
      method: "PATCH",
      path: PATH,
      query: { fieldManager: "portcullis", fieldValidation: "Strict", force: "false", dryRun: "All" },
      body: { type: "application/apply-patch+yaml", value: configuration },
    },
  ]);
});

test("what is read can be written back: nothing that only the API server sets but the uid, nor what kubectl keeps", async () => {
  const { cluster } = answering({
    code: 200,
    body: {
      kind: ID.kind,
      metadata: {
        name: "portcullis",
        uid: "u",
        resourceVersion: "7",
        managedFields: [{ manager: "x" }],
        labels: { a: "b" },
        annotations: { c: "d", "kubectl.kubernetes.io/last-applied-configuration": "{}" },
      },
      webhooks: [{ name: "a.b.c", objectSelector: {} }],
    },
  });
  expect(await cluster.read(ID)).toEqual({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: ID.kind,
    metadata: { name: "portcullis", uid: "u", labels: { a: "b" }, annotations: { c: "d" } },
    webhooks: [{ name: "a.b.c", objectSelector: {} }],
  });
});

const NONE = {
  message:
    'Operation cannot be fulfilled on validatingwebhookconfigurations.admissionregistration.k8s.io "portcullis": uid mismatch: the provided object specified uid u, and no existing object was found',
};
const ANOTHER = {
  message: 'ValidatingWebhookConfiguration.admissionregistration.k8s.io "portcullis" is invalid',
  details: { causes: [{ reason: "FieldValueInvalid", field: "metadata.uid" }] },
};

/** As Kubernetes 1.36 answers. */
test.each([
  ["none", { code: 409, body: NONE }],
  ["another one", { code: 422, body: ANOTHER }],
])("what was read is not written where %s is there by now, and nothing else is tried", async (_, answer) => {
  const { cluster, asked } = answering(
    { code: 200, body: { metadata: { name: "portcullis", uid: "u" } } },
    answer,
  );
  const read = await cluster.read(ID);
  if (read === undefined) throw new Error("nothing was read");
  await expect(cluster.apply(read, { dryRun: false, force: true })).rejects.toMatchObject({
    code: "WEBHOOKS_CONFLICT",
    message: "Somebody else has deleted the ValidatingWebhookConfiguration portcullis since it was read.",
  });
  expect(asked.slice(1)).toEqual([
    expect.objectContaining({
      body: {
        type: "application/apply-patch+yaml",
        value: expect.objectContaining({ metadata: read.metadata }),
      },
    }),
  ]);
});

test("what is not there is read as undefined and removed without a word", async () => {
  const { cluster } = answering({ code: 404 }, { code: 404 });
  expect(await cluster.read(ID)).toBeUndefined();
  await expect(cluster.remove(ID)).resolves.toBeUndefined();
});

test.each([
  ["a configuration", (cluster: WebhookCluster) => cluster.read(ID), [{ code: 200 }]],
  [
    "endpoints",
    (cluster: WebhookCluster) => cluster.serviceState(SERVICE),
    [{ code: 200, body: { spec: { selector: { app: "portcullis" } } } }, { code: 200 }],
  ],
])("what answers instead of the API server for %s is told", async (_, ask, answers) => {
  await expect(ask(answering(...answers).cluster)).rejects.toMatchObject({ code: "CLUSTER_REFUSED" });
});

test("the probe is a dry run", async () => {
  const { cluster, asked } = answering({ code: 201 });
  await cluster.probe("deny", "server-ready", "portcullis-system");
  expect(asked).toMatchObject([
    {
      method: "POST",
      path: "/api/v1/namespaces/portcullis-system/configmaps",
      query: { dryRun: "All" },
      body: {
        value: {
          metadata: {
            name: "portcullis-server-ready-deny",
            annotations: { "policy.portcullis.dev/self-probe": "deny" },
          },
        },
      },
    },
  ]);
});

describe("a conflict when a configuration is applied", () => {
  const written = { code: 409, body: { reason: "Conflict", message: "the object has been modified" } };

  test("over who writes first passes when it is sent again", async () => {
    const { cluster, asked } = answering(written, { code: 200, body: { metadata: {} } });
    await cluster.apply(webhookConfiguration(ID, []), { dryRun: false, force: false });
    expect(asked).toHaveLength(2);
  });

  test("that never passes is told", async () => {
    const { cluster, asked } = answering(...Array.from({ length: 9 }, () => written));
    await expect(
      cluster.apply(webhookConfiguration(ID, []), { dryRun: false, force: false }),
    ).rejects.toMatchObject({ code: "CLUSTER_REFUSED" });
    expect(asked).toHaveLength(5);
  });
});

test.each([
  ["1", "36", { major: 1, minor: 36 }],
  ["1", "30+", { major: 1, minor: 30 }],
  [undefined, "new", { major: 0, minor: 0 }],
])("the version %s.%s is %j", async (major, minor, expected) => {
  const { cluster } = answering({ code: 200, body: { major, minor } });
  expect(await cluster.version()).toEqual(expected);
});

/** EndpointSlices: one with endpoints that are ready or not, and one without any. */
function slices(...ready: readonly boolean[]) {
  return {
    code: 200,
    body: { items: [{ endpoints: ready.map((each) => ({ conditions: { ready: each } })) }, {}] },
  };
}

describe("the Service is", () => {
  const spec = { type: "ClusterIP", selector: { app: "portcullis" } };
  test.each([
    ["missing if there is none", [{ code: 404 }], "missing"],
    [
      "external if it has another name",
      [{ code: 200, body: { spec: { type: "ExternalName" } } }],
      "external",
    ],
    ["external if it selects no Pods", [{ code: 200, body: { spec: { type: "ClusterIP" } } }], "external"],
    [
      "without endpoints if no Pod is ready",
      [{ code: 200, body: { spec } }, slices(false, false)],
      "no-endpoints",
    ],
    ["ready if one Pod is", [{ code: 200, body: { spec } }, slices(false, true)], "ready"],
  ])("%s", async (_, answers, expected) => {
    const { cluster } = answering(...answers);
    expect(await cluster.serviceState(SERVICE)).toBe(expected);
  });

  test("asked for by its EndpointSlices", async () => {
    const { cluster, asked } = answering({ code: 200, body: { spec } }, slices(true));
    await cluster.serviceState(SERVICE);
    expect(asked.at(-1)?.query).toEqual({ labelSelector: "kubernetes.io/service-name=portcullis" });
  });
});

describe("a refusal is told", () => {
  const conflict = {
    message: "Apply failed with 1 conflict",
    details: {
      causes: [
        {
          reason: "FieldManagerConflict",
          message: 'conflict with "kubectl-edit" using admissionregistration.k8s.io/v1',
          field: '.webhooks[name="x"].failurePolicy',
        },
      ],
    },
  };

  test.each<readonly [string, { code: number; body?: unknown }, string, string]>([
    [
      "that the credentials are not taken",
      { code: 401, body: { message: "Unauthorized" } },
      "CLUSTER_FORBIDDEN",
      "The API server did not show the ValidatingWebhookConfiguration: it does not take these credentials.",
    ],
    [
      "that something is not permitted",
      {
        code: 403,
        body: { message: 'validatingwebhookconfigurations is forbidden: User "x" cannot get it' },
      },
      "CLUSTER_FORBIDDEN",
      'The API server did not show the ValidatingWebhookConfiguration: validatingwebhookconfigurations is forbidden: User "x" cannot get it.',
    ],
    [
      "who else has set which fields",
      { code: 409, body: conflict },
      "WEBHOOKS_CONFLICT",
      'Somebody else has set fields of the webhook configurations: .webhooks[name="x"].failurePolicy: conflict with "kubectl-edit" using admissionregistration.k8s.io/v1.',
    ],
    [
      "anything else in the API server's words",
      { code: 500, body: { message: "etcdserver: request timed out" } },
      "CLUSTER_REFUSED",
      "The API server did not show the ValidatingWebhookConfiguration: etcdserver: request timed out.",
    ],
    [
      "as a status if it has no words",
      { code: 502, body: undefined },
      "CLUSTER_REFUSED",
      "The API server did not show the ValidatingWebhookConfiguration: HTTP 502.",
    ],
  ])("%s", async (_, answer, expected, message) => {
    const { cluster } = answering(answer);
    await expect(cluster.read(ID)).rejects.toMatchObject({ code: expected, message });
  });
});
