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
let key: string;

const encoded = (text: string): string => Buffer.from(text).toString("base64");

beforeAll(async () => {
  ({ cert: pem, key } = await createAuthority("test CA", 9, new Date()));
  const secrets: Readonly<Record<string, object>> = {
    "portcullis-tls": { "ca.crt": encoded(pem) },
    bare: { "tls.crt": encoded(pem) },
    wrong: { "ca.crt": encoded("see the vault") },
    private: { "ca.crt": encoded(`${pem}${key}`) },
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

const KEY = "it holds a private key, and a caBundle is read by many";

test.each<readonly [string, () => string, string]>([
  ["a certificate and its key", () => `${pem}${key}`, KEY],
  ["a key and its certificate", () => `${key}${pem}`, KEY],
  ["a key of an older form", () => `${pem}${key.replaceAll("PRIVATE", "EC PRIVATE")}`, KEY],
  ["a key alone", () => key, KEY],
  [
    "a damaged certificate",
    () => `${pem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
    "a certificate in it cannot be read",
  ],
])("a file with %s is refused", async (_, text, why) => {
  const file = path.join(await temporaryFolder(), "server.pem");
  await writeFile(file, text());
  const source = { caFile: file, caSecret: undefined, kubeconfig: undefined, context: undefined };
  await expect(readAuthority(source)).rejects.toMatchObject({
    code: "CERTIFICATE_UNREADABLE",
    message: `The certificate authority ${file} cannot be used: ${why}.`,
  });
});

test("only the certificates of a file are taken, without what was written beside them", async () => {
  const file = path.join(await temporaryFolder(), "ca.crt");
  await writeFile(file, `# password: secret\n${pem}`);
  const source = { caFile: file, caSecret: undefined, kubeconfig: undefined, context: undefined };
  expect(await readAuthority(source)).toBe(encoded(pem.trim().concat("\n")));
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
  ["with a private key in ca.crt", "private", "it holds a private key, and a caBundle is read by many"],
])("a Secret %s is told of", async (_name, name, why) => {
  await expect(read(name)).rejects.toMatchObject({
    code: "CERTIFICATE_UNREADABLE",
    message: `The certificate authority Secret portcullis-system/${name} cannot be used: ${why}.`,
    remedy: expect.stringContaining("--ca-secret"),
  });
});
