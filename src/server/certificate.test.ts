import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createAuthority, createServerCertificate, type KeyPair } from "../certificates/certificate.ts";
import { readCertificate, type ServerCertificate } from "./certificate.ts";

const NOW = new Date("2026-03-01T12:00:00Z");
const DAY_MS = 24 * 60 * 60 * 1000;

let folder = "";
let certificate: KeyPair;

beforeAll(async () => {
  const authority = await createAuthority("test CA", 2, NOW);
  certificate = await createServerCertificate({ dns: ["localhost"], ip: [] }, 1, authority, NOW);
  folder = await mkdtemp(join(tmpdir(), "portcullis-certificate-"));
  const files = {
    "tls.crt": certificate.cert,
    "tls.key": certificate.key,
    "chain.crt": `${certificate.cert}${authority.cert}`,
    "reversed.crt": `${authority.cert}${certificate.cert}`,
    "other.key": authority.key,
    "empty.pem": "",
    "blank.pem": " \n\n",
    "text.pem": "see the vault\n",
  };
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
});
afterAll(() => rm(folder, { recursive: true }));

function read(cert: string, key: string, now = NOW): Promise<ServerCertificate> {
  return readCertificate(join(folder, cert), join(folder, key), now);
}

test("a pair that fits is read, with the chain after the certificate", async () => {
  const notAfter = new Date(NOW.getTime() + DAY_MS);
  expect(await read("tls.crt", "tls.key")).toEqual({ ...certificate, notAfter });
  expect((await read("chain.crt", "tls.key")).cert).toMatch(/(-----BEGIN CERTIFICATE-----[^]+){2}/);
});

test.each([
  ["a missing file", "tls.crt", "none.key", /none\.key could not be read: .*ENOENT/],
  ["an empty certificate", "empty.pem", "tls.key", /empty\.pem is empty\.$/],
  ["a blank certificate", "blank.pem", "tls.key", /blank\.pem is empty\.$/],
  ["an empty key", "tls.crt", "empty.pem", /empty\.pem is empty\.$/],
  ["a text that is no certificate", "text.pem", "tls.key", /are no certificate and its key/],
  ["a text that is no key", "tls.crt", "text.pem", /are no certificate and its key/],
  ["the key of another certificate", "tls.crt", "other.key", /are no certificate and its key/],
  ["a key in place of the certificate", "tls.key", "tls.key", /are no certificate and its key/],
  ["a chain in the wrong order", "reversed.crt", "tls.key", /are no certificate and its key/],
])("%s is CERTIFICATE_UNREADABLE and says which file and why", async (_name, cert, key, message) => {
  await expect(read(cert, key)).rejects.toMatchObject({
    code: "CERTIFICATE_UNREADABLE",
    message: expect.stringMatching(message),
    remedy: expect.stringContaining("certs/development.ts"),
  });
});

test.each([
  ["has expired", 2, "2026-03-02T12:00:00.000Z", "Renew it"],
  ["is not valid yet", -2, "2026-03-01T11:00:00.000Z", "Set the clock"],
])("a certificate that %s is refused with the time that matters", async (_name, days, time, remedy) => {
  const now = new Date(NOW.getTime() + days * DAY_MS);
  await expect(read("tls.crt", "tls.key", now)).rejects.toMatchObject({
    code: "CERTIFICATE_UNREADABLE",
    message: expect.stringMatching(new RegExp(`tls\\.crt .*${time}, it is ${now.toISOString()} now\\.$`)),
    remedy: expect.stringContaining(remedy),
  });
});
