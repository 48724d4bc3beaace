import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { temporaryFolder } from "../../../test/policy-folder.ts";
import { createAuthority } from "../../certificates/certificate.ts";
import { readAuthority } from "./authority.ts";

let api: Server;
let kubeconfig: string;
let pem: string;

const encoded = (text: string): string => Buffer.from(text).toString("base64");

beforeAll(async () => {
  pem = (await createAuthority("test CA", 9, new Date())).cert;
  const secrets: Readonly<Record<string, object>> = {
    "portcullis-tls": { "ca.crt": encoded(pem) },
    bare: { "tls.crt": encoded(pem) },
    wrong: { "ca.crt": encoded("see the vault") },
  };
  api = createServer(({ url = "" }, response) => {
    const data = secrets[url.replace("/api/v1/namespaces/portcullis-system/secrets/", "")];
    response.writeHead(data === undefined ? 404 : 200, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ metadata: { resourceVersion: "1" }, data }));
  }).listen(0, "127.0.0.1");
  await once(api, "listening");
  const address = api.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  kubeconfig = path.join(await temporaryFolder(), "kubeconfig");
  const config = {
    clusters: [
      { name: "c", cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true } },
    ],
    users: [{ name: "u", user: {} }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
  await writeFile(kubeconfig, JSON.stringify(config));
});

afterAll(async () => {
  api.closeAllConnections();
  api.close();
  await once(api, "close");
});

function read(name: string): Promise<string | undefined> {
  const caSecret = { namespace: "portcullis-system", name };
  return readAuthority({ caFile: undefined, caSecret, kubeconfig, context: undefined });
}

test("ca.crt of a Secret is the authority", async () => {
  expect(await read("portcullis-tls")).toBe(encoded(pem));
});

test("a file is the authority, and without either there is none", async () => {
  const file = path.join(await temporaryFolder(), "ca.crt");
  await writeFile(file, pem);
  const none = { caSecret: undefined, kubeconfig: undefined, context: undefined };
  expect(await readAuthority({ ...none, caFile: file })).toBe(encoded(pem));
  expect(await readAuthority({ ...none, caFile: undefined })).toBeUndefined();
});

test("DER is refused, which no API server reads", async () => {
  const file = path.join(await temporaryFolder(), "ca.der");
  await writeFile(file, new X509Certificate(pem).raw);
  const source = { caFile: file, caSecret: undefined, kubeconfig: undefined, context: undefined };
  await expect(readAuthority(source)).rejects.toMatchObject({
    code: "CERTIFICATE_UNREADABLE",
    message: `The certificate authority ${file} cannot be used: it holds no PEM certificate.`,
  });
});

test.each([
  ["that is not there", "missing", "there is no such Secret"],
  ["without ca.crt", "bare", "it has no ca.crt"],
  ["with something else", "wrong", "it holds no PEM certificate"],
])("a Secret %s is told of", async (_name, name, why) => {
  await expect(read(name)).rejects.toMatchObject({
    code: "CERTIFICATE_UNREADABLE",
    message: `The certificate authority Secret portcullis-system/${name} cannot be used: ${why}.`,
    remedy: expect.stringContaining("--ca-secret"),
  });
});
