import { expect, test } from "@jest/globals";
import { PortcullisError } from "../../error.ts";
import { isJsonObject, type JsonObject } from "../../policy/json.ts";
import type { ApiAnswer, ApiRequest, SendRequest } from "../../cluster/api/request.ts";
import { observe } from "./observe.ts";

const SERVICE = { namespace: "portcullis-system", name: "portcullis", port: 8443 };
const NOW = new Date("2026-03-01T12:00:00Z");
function seenBy(send: SendRequest) {
  return observe({ server: "https://x", service: SERVICE, now: () => NOW, send });
}

/** An API server with these objects by path, and what it was asked. */
function answering(objects: Readonly<Record<string, object>>, other: ApiAnswer = { code: 404, body: {} }) {
  const asked: ApiRequest[] = [];
  const send: SendRequest = async (request) => {
    asked.push(request);
    const object = objects[request.path];
    return object === undefined ? other : { code: 200, body: json(object), date: NOW };
  };
  return { asked, send };
}

function json(object: object): JsonObject {
  const read: unknown = JSON.parse(JSON.stringify(object));
  return isJsonObject(read) ? read : {};
}

const VERSION = { "/version": { major: "1", minor: "36+" } };
const WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

test("a cluster that has nothing is seen as that", async () => {
  const { send, asked } = answering({ ...VERSION, [WEBHOOKS]: { items: [] } });
  const observation = await seenBy(send);
  expect(observation).toMatchObject({
    apiTime: NOW,
    localTime: NOW,
    version: { kind: "seen", value: { major: 1, minor: 36 } },
    namespace: { kind: "absent" },
    accountName: "portcullis",
    pods: { kind: "absent" },
    secret: { kind: "absent" },
    serviceState: { kind: "seen", value: "missing" },
    validating: { kind: "seen", value: [] },
    answers: { kind: "absent" },
  });
  // Nothing but questions, and no dry run where nobody would be asked.
  const written = asked.filter(({ method, path }) => method !== "GET" && !path.endsWith("accessreviews"));
  expect(written).toEqual([]);
});

test("where the webhooks are installed, the one write is a dry run", async () => {
  const { send, asked } = answering({
    ...VERSION,
    [WEBHOOKS]: { items: [{ metadata: { name: "portcullis" } }] },
  });
  await seenBy(send);
  const written = asked.filter(({ method, path }) => method !== "GET" && !path.endsWith("accessreviews"));
  expect(written).toMatchObject([{ method: "POST", path: "/api/v1/namespaces", query: { dryRun: "All" } }]);
});

const TWO_SERVERS = {
  ...VERSION,
  [WEBHOOKS]: { items: [{ metadata: { name: "portcullis" } }] },
  "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices": {
    items: [
      { endpoints: [{ addresses: ["10.0.0.1"] }, { addresses: ["10.0.0.2"] }] },
      { endpoints: null },
      { endpoints: [{ addresses: ["10.0.0.1"] }] },
    ],
  },
};

test("several API servers are asked several times", async () => {
  const { send, asked } = answering(TWO_SERVERS);
  const { answers } = await seenBy(send);
  expect(answers.kind === "seen" && answers.value.length).toBe(8);
  expect(asked.filter(({ query }) => query?.["dryRun"] === "All")).toHaveLength(8);
});

test("of several dry runs those that no API server answers take nothing from the others", async () => {
  const { send } = answering(TWO_SERVERS);
  const lost = new PortcullisError("CLUSTER_UNREACHABLE", { message: "gone", remedy: "" });
  const sendingUpTo = (most: number): SendRequest => {
    let tries = 0;
    return (request) => {
      if (request.query?.["dryRun"] !== "All") return send(request);
      tries += 1;
      return tries > most ? Promise.reject(lost) : send(request);
    };
  };
  const some = await seenBy(sendingUpTo(6));
  expect([some.answers.kind === "seen" && some.answers.value.length, some.unseenAnswers]).toEqual([
    6,
    ["gone", "gone"],
  ]);
  expect((await seenBy(sendingUpTo(0))).answers).toEqual({ kind: "unseen", reason: "gone" });
});

/** A Deployment with `--client-ca`, and what is mounted at `/etc/clients`. */
function servedWith(file: string, source: object): Readonly<Record<string, object>> {
  const volumeMounts = [{ name: "v", mountPath: "/etc/clients" }];
  const containers = [{ name: "portcullis", args: ["serve", `--client-ca=${file}`], volumeMounts }];
  return {
    ...VERSION,
    "/apis/apps/v1/namespaces/portcullis-system/deployments/portcullis": {
      metadata: { name: "portcullis" },
      spec: { template: { spec: { containers, volumes: [{ name: "v", ...source }] } } },
    },
  };
}

test.each([
  ["configMap", { name: "clients" }, "configmaps", "PEM"],
  ["secret", { secretName: "clients" }, "secrets", Buffer.from("PEM").toString("base64")],
])(
  "the authorities of --client-ca are read where its file comes from: %s",
  async (kind, source, path, text) => {
    const objects = {
      ...servedWith("/etc/clients/ca.crt", { [kind]: source }),
      [`/api/v1/namespaces/portcullis-system/${path}/clients`]: { data: { "ca.crt": text } },
    };
    const { send } = answering(objects);
    expect((await seenBy(send)).clientAuthority).toEqual({ kind: "seen", value: "PEM" });
  },
);

test("a file of --client-ca that is called as what every object has is not there", async () => {
  const { send } = answering({
    ...servedWith("/etc/clients/constructor", { configMap: { name: "clients" } }),
    "/api/v1/namespaces/portcullis-system/configmaps/clients": { data: { "ca.crt": "PEM" } },
  });
  expect((await seenBy(send)).clientAuthority).toEqual({ kind: "seen", value: undefined });
});

test("the account is the Deployment's, and of the Events only warnings about Pods are asked for", async () => {
  const within = "/namespaces/portcullis-system";
  const { send, asked } = answering({
    ...VERSION,
    [`/api/v1${within}/services/portcullis`]: {
      metadata: { name: "portcullis" },
      spec: { selector: { a: "b", c: "d" } },
    },
    [`/apis/apps/v1${within}/deployments/portcullis`]: {
      metadata: { name: "portcullis" },
      spec: { template: { spec: { serviceAccountName: "guard", containers: [] } } },
    },
    [`/api/v1${within}/pods`]: { items: [{ metadata: { name: "p" }, spec: { containers: [] } }] },
  });
  const { pods, accountName } = await seenBy(send);
  expect([pods.kind, accountName]).toEqual(["seen", "guard"]);
  expect(asked.find(({ path }) => path.endsWith("/events"))?.query).toEqual({
    fieldSelector: "type=Warning,involvedObject.kind=Pod",
  });
  expect(JSON.stringify(asked)).toContain("system:serviceaccount:portcullis-system:guard");
});

test("what is forbidden, broken or of another shape was not seen, and each says why", async () => {
  const forbidden = { code: 403, body: { message: "secrets is forbidden." } };
  const { send } = answering(
    {
      ...VERSION,
      [WEBHOOKS]: { items: "none" },
      "/api/v1/namespaces/portcullis-system/services/portcullis": { spec: { selector: { a: "b" } } },
      "/apis/discovery.k8s.io/v1/namespaces/portcullis-system/endpointslices": { items: "none" },
    },
    forbidden,
  );
  const observation = await seenBy(send);
  expect(observation.secret).toEqual({ kind: "unseen", reason: "secrets is forbidden." });
  expect(observation.validating).toEqual({
    kind: "unseen",
    reason: "The API server's answer is not what this version of Portcullis can read.",
  });
  expect(observation.serviceState.kind).toBe("unseen");
});

test("an API server that stops answering half of the way in ends nothing", async () => {
  const lost = new PortcullisError("CLUSTER_UNREACHABLE", { message: "gone", remedy: "" });
  const send: SendRequest = async ({ path }) => {
    if (path === "/version") return { code: 200, body: { major: "1", minor: "36" } };
    throw lost;
  };
  const { secret, apiTime, serviceState } = await seenBy(send);
  expect([secret, serviceState, apiTime]).toEqual([
    { kind: "unseen", reason: "gone" },
    { kind: "unseen", reason: "gone" },
    undefined,
  ]);
});

test("credentials that it does not take are an error, and so is an API server that is not there", async () => {
  const { send } = answering({}, { code: 401, body: {} });
  await expect(seenBy(send)).rejects.toMatchObject({ code: "CLUSTER_FORBIDDEN" });
  const unreachable = new PortcullisError("CLUSTER_UNREACHABLE", { message: "no", remedy: "" });
  await expect(seenBy(() => Promise.reject(unreachable))).rejects.toBe(unreachable);
});
