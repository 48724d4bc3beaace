import { X509Certificate } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createServerCertificate } from "../src/certificates/certificate.ts";
import { ensureDevelopmentCertificates } from "./development-certificates.ts";

const DAY = 24 * 60 * 60 * 1000;
const NOW = new Date("2026-03-01T12:00:00Z");
const after = (days: number): Date => new Date(NOW.getTime() + days * DAY);

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "portcullis-certs-"));
});
afterEach(() => rm(folder, { recursive: true }));

const read = (name: string): Promise<string> => readFile(join(folder, name), "utf8");
const ensure = (now: Date) => ensureDevelopmentCertificates(folder, now);

describe("development certificates", () => {
  test("a CA signs a server certificate for every name, for one year", async () => {
    await ensure(NOW);
    const authority = new X509Certificate(await read("ca.crt"));
    const server = new X509Certificate(await read("tls.crt"));
    expect(server.verify(authority.publicKey)).toBe(true);
    expect(server.checkIssued(authority)).toBe(true);
    expect([authority.ca, server.ca]).toEqual([true, false]);
    expect(server.checkHost("localhost")).toBe("localhost");
    expect(server.checkHost("portcullis.portcullis-system.svc")).toBe("portcullis.portcullis-system.svc");
    expect(server.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(server.checkIP("::1")).toBe("::1");
    expect(server.validToDate).toEqual(after(365));
    expect(authority.validToDate).toEqual(after(3650));
  });

  test("keys are readable by their owner only, and no temporary file stays", async () => {
    await ensure(NOW);
    expect((await readdir(folder)).toSorted()).toEqual(["ca.crt", "ca.key", "tls.crt", "tls.key"]);
    for (const key of ["ca.key", "tls.key"]) expect((await stat(join(folder, key))).mode & 0o777).toBe(0o600);
  });

  test("a second run changes nothing", async () => {
    await ensure(NOW);
    const before = await Promise.all(["ca.crt", "ca.key", "tls.crt", "tls.key"].map(read));
    expect(await ensure(after(334))).toEqual({ authority: "kept", server: "kept" });
    expect(await Promise.all(["ca.crt", "ca.key", "tls.crt", "tls.key"].map(read))).toEqual(before);
  });

  test("a server certificate that ends within 30 days is made anew under the same CA", async () => {
    await ensure(NOW);
    const authority = await read("ca.crt");
    expect(await ensure(after(336))).toEqual({ authority: "kept", server: "created" });
    expect(await read("ca.crt")).toBe(authority);
    expect(new X509Certificate(await read("tls.crt")).validToDate).toEqual(after(336 + 365));
  });

  test("a CA that ends within 30 days takes its server certificate with it", async () => {
    await ensure(NOW);
    expect(await ensure(after(3621))).toEqual({ authority: "created", server: "created" });
  });

  test.each([
    ["the key of another certificate", "tls.key", "ca.key"],
    ["the certificate of the CA", "tls.crt", "ca.crt"],
  ])("a server pair with %s is made anew", async (_name, file, other) => {
    await ensure(NOW);
    await writeFile(join(folder, file), await read(other));
    expect(await ensure(NOW)).toEqual({ authority: "kept", server: "created" });
  });

  test("a server certificate that lacks a name is made anew", async () => {
    await ensure(NOW);
    const issuer = { cert: await read("ca.crt"), key: await read("ca.key") };
    const pair = await createServerCertificate({ dns: ["localhost"], ip: ["127.0.0.1"] }, 365, issuer, NOW);
    await writeFile(join(folder, "tls.crt"), pair.cert);
    await writeFile(join(folder, "tls.key"), pair.key);
    expect(await ensure(NOW)).toEqual({ authority: "kept", server: "created" });
  });

  test("a file that is no certificate at all is replaced", async () => {
    await ensure(NOW);
    await writeFile(join(folder, "ca.crt"), "nothing");
    expect(await ensure(NOW)).toEqual({ authority: "created", server: "created" });
  });
});
