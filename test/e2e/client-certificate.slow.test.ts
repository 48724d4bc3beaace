// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** Only the API server may ask: it presents a certificate, as docs/install.md says. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { X509Certificate } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { request, type RequestOptions } from "node:https";
import { text } from "node:stream/consumers";
import path from "node:path";
import { createAuthority, type KeyPair } from "../../src/certificates/certificate.ts";
import { createClientCertificate } from "../client-certificate.ts";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { startForwarder } from "../cluster/forwarder.ts";
import { applyWebhooks, prepare, startServer, type Prepared } from "../cluster/installation.ts";
import type { Replica } from "../cluster/replica.ts";
import { eventually, podReview } from "../life/life.ts";
import { buildFolder, temporaryFolder } from "../policy-folder.ts";
import { EXCLUSIONS, fileOf, person } from "./cluster.ts";
import { pod, SHOP_NAMESPACE } from "./objects.ts";

const DAY_SECONDS = 24 * 60 * 60;
const NAME = "kube-apiserver-webhooks";
const authority: KeyPair = await createAuthority("webhook clients", 1, new Date());
const apiServer = await createClientCertificate(authority, { subject: `CN=${NAME}` });
/** The Service: the API server has to be told its port before there is a server. */
const service = await startForwarder();
const { port } = service;
const folder = await temporaryFolder();

/** Writes a file and gives its path; JSON is YAML, too. */
async function written(name: string, content: object | string): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content), { mode: 0o600 });
  return file;
}

async function admissionControl(): Promise<string> {
  const user = {
    "client-certificate": await written("client.crt", apiServer.cert),
    "client-key": await written("client.key", apiServer.key),
  };
  const users = [{ name: `portcullis.portcullis-system.svc:${port}`, user }];
  const kubeConfigFile = await written("kubeconfig", { apiVersion: "v1", kind: "Config", users });
  const apiVersion = "apiserver.config.k8s.io/v1";
  const configuration = { apiVersion, kind: "WebhookAdmissionConfiguration", kubeConfigFile };
  const plugins = ["ValidatingAdmissionWebhook", "MutatingAdmissionWebhook"].map((name) => ({
    name,
    configuration,
  }));
  return written("admission.yaml", { apiVersion, kind: "AdmissionConfiguration", plugins });
}

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("client certificates", {
  apiServerFlags: [`--admission-control-config-file=${await admissionControl()}`],
});
const admin = person(controlPlane, "admin");

const BAD = pod("web", { container: { securityContext: { privileged: true } } });

let prepared: Prepared;
let server: Replica;
/** The file of `--client-ca`. */
let clientCa: string;

/** What somebody gets who reaches the port: the answer's status, or why there is none. */
async function asked(options: RequestOptions): Promise<number | string> {
  const ca = await readFile(path.join(prepared.certificates, "ca.crt"));
  const { promise, resolve } = Promise.withResolvers<number | string>();
  const headers = { "content-type": "application/json" };
  const place = { host: "localhost", port, path: "/validate", method: "POST", headers, agent: false };
  request({ ...place, ca, ...options }, (response) => {
    void text(response).then(() => resolve(response.statusCode ?? 0));
  })
    .once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    .end(podReview({}));
  return promise;
}

/** What the API server says of an object that is denied, if it is answered. */
async function said(): Promise<string> {
  return (await admin.kubectl("create --dry-run=server --filename=-", BAD)).stderr;
}

async function isMetric(series: string, value: number): Promise<boolean> {
  return (await server.metrics()).get(series) === value;
}

async function timesLogged(message: string): Promise<number> {
  return (await server.log()).split(`"msg":"${message}`).length - 1;
}

endToEnd("with --client-ca and --client-name", () => {
  beforeAll(async () => {
    const bindings = [await fileOf("bindings.yaml", EXCLUSIONS)];
    const { file: policies } = await buildFolder("policies");
    prepared = await prepare(controlPlane(), { policies, bindings });
    clientCa = await written("client-ca.crt", authority.cert);
    server = await startServer(prepared, {
      name: "portcullis",
      servicePort: port,
      args: [`--client-ca=${clientCa}`, `--client-name=${NAME}`],
    });
    service.forwardTo([server.admissionPort]);
    await server.ready();
    const { code, stderr } = await applyWebhooks(prepared, port, []);
    if (code !== 0) throw new Error(stderr);
    await admin.succeed("apply --filename=-", SHOP_NAMESPACE);
    await admin.succeed("wait --for=create serviceaccount/default --namespace=shop");
  }, 300_000);

  afterAll(() => service.close());

  test("the API server is answered", async () => {
    expect(await said()).toContain("denied the request");
  });

  test("nobody else is", async () => {
    const other = await createClientCertificate(authority, { subject: "CN=kubelet" });
    const stranger = await createClientCertificate(await createAuthority("x", 1, new Date()));
    expect([await asked({}), await asked(stranger), await asked(other), await asked(apiServer)]).toEqual([
      403, 403, 403, 200,
    ]);
    const metrics = await server.metrics();
    expect(metrics.get('portcullis_http_rejected_total{reason="TLS_FAILED"}')).toBe(0);
    expect(metrics.get('portcullis_http_rejected_total{reason="CLIENT_FORBIDDEN"}')).toBe(3);
    expect(await server.log()).toContain("The client presents no certificate");
  });

  test("whoever asks for health and metrics needs none", async () => {
    expect((await server.get("/readyz")).body).toContain("[+]client-ca ok");
  });

  test("a file that was emptied is refused in one line, and who was trusted before still is", async () => {
    await writeFile(clientCa, "");
    const refused = 'portcullis_certificate_reloads_total{result="failure"}';
    await eventually("it is refused", () => isMetric(refused, 1));
    expect(await said()).toContain("denied the request");
    expect(await timesLogged("certificate refused")).toBe(1);
    const { status, body } = await server.get("/readyz?verbose");
    expect([status, body]).toEqual([
      200,
      expect.stringMatching(/^\[-\]client-ca-reload failed \(does not count\)/m),
    ]);
  });

  test("authorities rotate: the next comes, the API server goes on, and only who is left may ask", async () => {
    const reloaded = 'portcullis_certificate_reloads_total{result="success"}';
    const next = await createAuthority("next webhook clients", 1, new Date());
    await writeFile(clientCa, `${authority.cert}${next.cert}`);
    await eventually("both are trusted", () => isMetric(reloaded, 1));
    expect(await said()).toContain("denied the request");
    const renewed = await createClientCertificate(next, { subject: `CN=${NAME}` });
    expect([await asked(apiServer), await asked(renewed)]).toEqual([200, 200]);
    await writeFile(clientCa, next.cert);
    await eventually("only the next is trusted", () => isMetric(reloaded, 2));
    // It fails closed, and says whose certificate it is.
    expect(await said()).toMatch(
      /failed calling webhook[^]*The certificate of the client comes from no authority of --client-ca/,
    );
    expect(await asked(renewed)).toBe(200);
    await writeFile(clientCa, `${authority.cert}${next.cert}`);
    await eventually("both are trusted again", async () => (await said()).includes("denied the request"));
    expect(await timesLogged("authorities of clients reloaded")).toBe(3);
  });

  test("when the last authority has expired the server is not ready, and says so", async () => {
    const short = await createAuthority("short", 20 / DAY_SECONDS, new Date());
    await writeFile(clientCa, short.cert);
    await eventually("it counts", async () => (await timesLogged("authorities of clients reloaded")) === 4);
    const expiry = (await server.metrics()).get("portcullis_client_ca_expiry_timestamp_seconds") ?? 0;
    expect(expiry * 1_000).toBe(new X509Certificate(short.cert).validToDate.getTime());
    await eventually("it is not ready", async () => (await server.get("/readyz")).status === 503);
    expect((await server.get("/readyz")).body).toMatch(
      /^\[-\]client-ca failed: the authorities of clients expired at /m,
    );
    await writeFile(clientCa, authority.cert);
    await eventually("it is ready", async () => (await server.get("/readyz")).status === 200);
    await eventually("the API server is answered", async () => (await said()).includes("denied the request"));
  });
});
