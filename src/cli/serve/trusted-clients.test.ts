import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { createClientCertificate } from "../../../test/client-certificate.ts";
import { temporaryFolder } from "../../../test/policy-folder.ts";
import { createAuthority, type KeyPair } from "../../certificates/certificate.ts";
import type { PortcullisError } from "../../error.ts";
import { TrustedClients } from "./trusted-clients.ts";

const START = new Date("2026-03-01T12:00:00Z");
const DAY_MS = 24 * 60 * 60 * 1_000;

let first: KeyPair;
let second: KeyPair;

beforeAll(async () => {
  [first, second] = await Promise.all([createAuthority("a", 2, START), createAuthority("b", 4, START)]);
});

let file: string;
let now: Date;
let trusted: (readonly string[])[];
let refused: PortcullisError[];
/** Days after START at which the last authority expires, each time that it was told. */
let told: number[];
let clients: TrustedClients;

beforeEach(async () => {
  file = path.join(await temporaryFolder(), "ca.crt");
  now = START;
  [trusted, refused, told] = [[], [], []];
});
afterEach(() => clients.close());

function tell(notAfter: Date): void {
  told.push((notAfter.getTime() - START.getTime()) / DAY_MS);
}

async function follow(): Promise<void> {
  clients = await TrustedClients.start(file, {
    now: () => now,
    telemetry: {
      metrics: { clientCaUsed: tell },
      clientCaReloaded: tell,
      certificateRefused: (error, isNews) => {
        if (isNews) refused.push(error);
      },
    },
    problem: (message) => {
      throw new Error(message);
    },
  });
  clients.trustBy((ca) => void trusted.push(ca), clients.ca);
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(5);
}

const pem = ({ cert }: KeyPair): string => cert.trim();
const readiness = (): readonly (string | undefined)[] => clients.checks.map(({ failure }) => failure());

test("the file is followed while one authority comes and the other goes", async () => {
  await writeFile(file, first.cert);
  await follow();
  expect(clients.ca).toEqual([pem(first)]);
  await writeFile(file, `# both\n${first.cert}\n${second.cert}`);
  await until(() => trusted.length > 0);
  await writeFile(file, second.cert);
  await until(() => trusted.length > 1);
  expect(trusted).toEqual([[pem(first), pem(second)], [pem(second)]]);
  expect([told, refused, readiness()]).toEqual([[2, 4, 4], [], [undefined, undefined]]);
});

test("what cannot be used is refused, and what was read before stays", async () => {
  await writeFile(file, first.cert);
  await follow();
  const leaf = await createClientCertificate(first);
  const contents = ["", "none", `${first.cert}${leaf.cert}`, first.cert.replace("MII", "MMM")];
  for (const [index, content] of contents.entries()) {
    await writeFile(file, content);
    await until(() => refused.length > index);
  }
  await rm(file);
  await until(() => refused.length > contents.length);
  expect(refused.map(({ code }) => code)).toEqual(Array(5).fill("CERTIFICATE_UNREADABLE"));
  expect(refused[2]?.message).toContain('the certificate "CN=client" in it is no authority\'s');
  expect([trusted, clients.ca]).toEqual([[], [pem(first)]]);
  expect(readiness()).toEqual([undefined, expect.stringMatching(/^CERTIFICATE_UNREADABLE; .* still count/)]);
  await writeFile(file, second.cert);
  await until(() => trusted.length > 0);
  expect(readiness()).toEqual([undefined, undefined]);
});

test("when the last authority has expired the server is not ready, and such a file is refused", async () => {
  await writeFile(file, `${first.cert}${second.cert}`);
  await follow();
  now = new Date(START.getTime() + 3 * DAY_MS);
  expect(readiness()).toEqual([undefined, undefined]);
  await writeFile(file, first.cert);
  await until(() => refused.length > 0);
  expect(refused[0]?.message).toContain("none of its authorities is valid");
  now = new Date(START.getTime() + 5 * DAY_MS);
  expect(readiness()[0]).toMatch(/^the authorities of clients expired at .*; renew .*ca\.crt$/);
});

test("a comment in the file breaks no connection", async () => {
  await writeFile(file, first.cert);
  await follow();
  await writeFile(file, `# the same\n${first.cert}`);
  await delay(300);
  expect([trusted, told]).toEqual([[], [2]]);
});

test("a file that cannot be used at the start is an error", async () => {
  await writeFile(file, "none");
  await expect(follow()).rejects.toMatchObject({ code: "CERTIFICATE_UNREADABLE", position: { file } });
  await writeFile(file, first.cert);
  await follow();
});
