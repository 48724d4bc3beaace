import { beforeAll, expect, test } from "@jest/globals";
import { readPem } from "./authority.ts";
import { createAuthority, createServerCertificate, type KeyPair } from "./certificate.ts";
import { leafOf } from "./leaf.ts";

const NOW = new Date("2026-03-01T12:00:00Z");
const SERVER = "portcullis.portcullis-system.svc";

let root: KeyPair;
let pair: KeyPair;

beforeAll(async () => {
  root = await createAuthority("root", 9, NOW);
  pair = await createServerCertificate({ dns: [SERVER], ip: [] }, 2, root, NOW);
});

test("a certificate comes from the authority that signed it", () => {
  const trusted = readPem(root.cert).authorities;
  expect(leafOf(pair, trusted, SERVER, NOW)?.anchor).toBe(trusted[0]?.fingerprint);
});

test("callers cease to accept a certificate when it ends, or the authority that signed it before", async () => {
  const trusted = readPem(root.cert).authorities;
  const [end, rootEnd] = [2, 9].map((days) => new Date(NOW.getTime() + days * 24 * 60 * 60 * 1_000));
  expect(leafOf(pair, trusted, SERVER, NOW)?.notAfter).toEqual(end);
  const longer = await createServerCertificate({ dns: [SERVER], ip: [] }, 90, root, NOW);
  expect(leafOf(longer, trusted, SERVER, NOW)?.notAfter).toEqual(rootEnd);
});

test("of a long text no more certificates are read than a chain has", () => {
  const text = `${root.cert}\n${pair.cert}\n-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----`;
  expect([readPem(text).isDamaged, readPem(text, 2).isDamaged]).toEqual([true, false]);
  expect(readPem(text, 1).authorities).toHaveLength(1);
});
