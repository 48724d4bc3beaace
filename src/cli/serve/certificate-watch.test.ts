import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { createAuthority, createServerCertificate, type KeyPair } from "../../certificates/certificate.ts";
import { mountVolume } from "../../../test/mounted-volume.ts";
import { temporaryFolder } from "../../../test/policy-folder.ts";
import type { PortcullisError } from "../../error.ts";
import type { Certificate } from "../../server/certificate.ts";
import { CertificateWatch } from "./certificate-watch.ts";

const START = new Date("2026-03-01T12:00:00Z");
const HOUR_MS = 60 * 60 * 1_000;
const DAY_MS = 24 * HOUR_MS;

let authority: KeyPair;
let first: KeyPair;
let second: KeyPair;
let third: KeyPair;

/** Valid from an hour before `from`, for two days. */
function issue(from = START): Promise<KeyPair> {
  return createServerCertificate({ dns: ["localhost"], ip: [] }, 2, authority, from);
}

beforeAll(async () => {
  authority = await createAuthority("test CA", 9, START);
  [first, second, third] = await Promise.all([issue(), issue(), issue()]);
});

let folder: string;
let now: Date;
let presented: Certificate[];
let refused: PortcullisError[];
/** When what is served expires, each time that it was told. */
let told: Date[];
let watch: CertificateWatch;

beforeEach(async () => {
  folder = await temporaryFolder();
  now = START;
  [presented, refused, told] = [[], [], []];
});
afterEach(() => watch.close());

function tell(notAfter: Date): void {
  told.push(notAfter);
}

async function follow(retry = HOUR_MS): Promise<void> {
  const files = { cert: path.join(folder, "tls.crt"), key: path.join(folder, "tls.key") };
  watch = await CertificateWatch.start(files, {
    now: () => now,
    telemetry: {
      metrics: { certificateServed: tell },
      certificateReloaded: tell,
      certificateRefused: (error, isNews) => {
        if (isNews) refused.push(error);
      },
    },
    problem: (message) => {
      throw new Error(message);
    },
    retry,
  });
  watch.presented.presentBy(({ cert, key }) => void presented.push({ cert, key }));
}

const secret = ({ cert, key }: KeyPair) => ({ "tls.crt": cert, "tls.key": key });

async function write(pair: Partial<KeyPair>): Promise<void> {
  if (pair.cert !== undefined) await writeFile(path.join(folder, "tls.crt"), pair.cert);
  if (pair.key !== undefined) await writeFile(path.join(folder, "tls.key"), pair.key);
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(5);
}

/** What readiness says, by the name of the check. */
function readiness(): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(watch.presented.checks.map(({ name, failure }) => [name, failure()]));
}

const READY = { certificate: undefined, "certificate-reload": undefined };

test("a mounted Secret is followed through one swap after the other", async () => {
  await mountVolume(folder, secret(first));
  await follow();
  expect(presented).toEqual([first]);
  await mountVolume(folder, secret(second));
  await until(() => presented.length > 1);
  await mountVolume(folder, secret(third));
  await until(() => presented.length > 2);
  expect(presented).toEqual([first, second, third]);
  expect(told.map((notAfter) => notAfter.getTime() - START.getTime())).toEqual(Array(3).fill(2 * DAY_MS));
  expect([refused, readiness()]).toEqual([[], READY]);
});

test("half a pair is refused, once, and the pair is taken over when its key has come", async () => {
  await write(first);
  await follow();
  await write({ cert: second.cert });
  await until(() => refused.length > 0);
  expect(watch.presented.served).toMatchObject(first);
  expect(readiness()).toEqual({
    certificate: undefined,
    "certificate-reload": expect.stringMatching(/^CERTIFICATE_UNREADABLE; .* still served/),
  });
  await write({ key: second.key });
  await until(() => presented.length > 1);
  expect(presented).toEqual([first, second]);
  expect([refused.length, readiness()]).toEqual([1, READY]);
});

test("files that vanish leave what is served, and nothing secret in what is told", async () => {
  await write(first);
  await follow();
  await rm(path.join(folder, "tls.key"));
  await until(() => refused.length > 0);
  await write({ key: second.key });
  await until(() => refused.length > 1);
  expect(refused.map(({ code }) => code)).toEqual(Array(2).fill("CERTIFICATE_UNREADABLE"));
  const words = refused.map(({ message, remedy }) => message + remedy).join("\n");
  for (const line of second.key.split("\n").filter((text) => text !== "")) expect(words).not.toContain(line);
  expect(presented).toEqual([first]);
});

test("half a minute before its end a certificate does not count any more", async () => {
  await write(first);
  await follow();
  const end = START.getTime() + 2 * DAY_MS;
  now = new Date(end - 30_000);
  expect(readiness()).toEqual(READY);
  now = new Date(end - 29_999);
  expect(readiness()).toEqual({
    ...READY,
    certificate: expect.stringMatching(/expires at 2026-03-03T12:00:00\.000Z; renew .*tls\.crt$/),
  });
});

test("what has expired fails readiness until a valid pair is taken over; an expired one is not", async () => {
  await write(first);
  await follow();
  now = new Date(START.getTime() + 3 * DAY_MS);
  expect(readiness()).toEqual({
    ...READY,
    certificate: expect.stringMatching(/expired at 2026-03-03T12:00:00\.000Z; renew .*tls\.crt$/),
  });
  await write(second);
  await until(() => refused.length > 0);
  expect(presented).toEqual([first]);
  const renewed = await issue(now);
  await write(renewed);
  await until(() => presented.length > 1);
  expect([presented[1], readiness()]).toEqual([renewed, READY]);
});

test("a certificate that is not valid yet is refused once, and taken over when it is, without a change", async () => {
  await mountVolume(folder, secret(first));
  await follow(20);
  const early = await issue(new Date(START.getTime() + 2 * HOUR_MS));
  await mountVolume(folder, secret(early));
  await until(() => refused.length > 0);
  now = new Date(START.getTime() + 1_000);
  await delay(100);
  expect([refused.length, presented.length]).toEqual([1, 1]);
  now = new Date(START.getTime() + HOUR_MS);
  await until(() => presented.length > 1);
  expect([presented[1], readiness()]).toEqual([early, READY]);
});

test("after it was closed nothing is taken over", async () => {
  await write(first);
  await follow(20);
  await write({ cert: second.cert });
  await until(() => refused.length > 0);
  watch.close();
  await write(second);
  await delay(300);
  expect(presented).toEqual([first]);
});

test("a pair that cannot be served at the start is an error", async () => {
  await write({ cert: first.cert, key: second.key });
  await expect(follow()).rejects.toMatchObject({ code: "CERTIFICATE_UNREADABLE" });
  await write(first);
  await follow();
});
