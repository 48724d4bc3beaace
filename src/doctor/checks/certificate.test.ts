import { expect, test } from "@jest/globals";
import { createAuthority } from "../../certificates/certificate.ts";
import {
  ABSENT,
  AUTHORITY,
  daysFromNow,
  deployment,
  found,
  HEALTHY,
  leaf,
  NOW,
  secret,
  seen,
} from "../../../test/doctor/healthy.ts";
import { diagnose } from "../diagnose.ts";

const ids = (texts: readonly string[]): readonly (string | undefined)[] =>
  texts.map((text) => text.split(":")[0]);
const pairOf = ({ cert, key }: { cert: string; key: string }) => ({ "tls.crt": cert, "tls.key": key });
const OTHER = await createAuthority("Another", 700, NOW);

test("a Secret that is missing, and who makes it", () => {
  expect(found({ secret: ABSENT })).toEqual([
    "secret-missing: There is no Secret portcullis-system/portcullis-tls.",
  ]);
});

test("a Secret that the leader cannot write is to be deleted; somebody else's may be meant so", () => {
  const immutable = seen({ ...secret(), immutable: true });
  const findings = diagnose({ ...HEALTHY, secret: immutable });
  expect(findings.map(({ id, command }) => [id, command])).toEqual([
    ["secret-immutable", "kubectl delete secret portcullis-tls --namespace=portcullis-system"],
  ]);
  const mounted = seen(deployment({ args: ["serve", "--cert=tls.crt", "--keep-webhooks"] }));
  expect(ids(found({ secret: immutable, deployment: mounted }))).not.toContain("secret-immutable");
});

test.each<readonly [string, Readonly<Record<string, string | undefined>>, string]>([
  ["no key", { "tls.key": undefined }, "has no tls.key"],
  ["neither", { "tls.crt": "", "tls.key": " " }, "has no tls.crt and no tls.key"],
  ["no certificate", { "tls.crt": "garbage" }, "has something in tls.crt that is no PEM certificate"],
  [
    "half a certificate",
    { "tls.crt": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" },
    "has something in tls.crt that is no PEM certificate",
  ],
  ["another's key", { "tls.key": OTHER.key }, "has a tls.key that is not the key of its tls.crt"],
  ["no key at all", { "tls.key": "\u001b[2J" }, "has a tls.key that is not the key of its tls.crt"],
  ["a damaged authority", { "ca.crt": "garbage" }, "has something in ca.crt that is no PEM certificate"],
  ["another authority's key", { "ca.key": OTHER.key }, "has a ca.key that is the key of none of its ca.crt"],
])("%s is half a pair", (_, texts, message) => {
  expect(found({ secret: seen(secret(texts)) })).toEqual([
    `secret-incomplete: The Secret portcullis-system/portcullis-tls ${message}.`,
  ]);
});

async function judged(made: ReturnType<typeof leaf>) {
  return ids(found({ secret: seen(secret(pairOf(await made))) }));
}

test("a leaf that has expired, is not valid yet, ends soon, or is for another name", async () => {
  expect(await judged(leaf(90, { issued: daysFromNow(-91) }))).toEqual(["certificate-expired"]);
  expect(await judged(leaf(90, { issued: daysFromNow(2) }))).toEqual(["certificate-not-yet-valid"]);
  expect(await judged(leaf(90, { issued: daysFromNow(-58) }))).toEqual([]);
  expect(await judged(leaf(90, { issued: daysFromNow(-62) }))).toEqual(["certificate-ends-soon"]);
  expect(await judged(leaf(90, { name: "localhost" }))).toEqual(["certificate-wrong-name"]);
});

test("what others renew may end later than what Portcullis renews", async () => {
  const mounted = seen(deployment({ args: ["serve", "--cert=tls.crt"] }));
  const old = async (days: number) =>
    ids(
      found({
        deployment: mounted,
        secret: seen(secret(pairOf(await leaf(365, { issued: daysFromNow(-days) })))),
      }),
    );
  expect(await old(334)).toEqual([]);
  expect(await old(350)).toEqual(["certificate-ends-soon"]);
});

test("an authority that is missing, did not sign, has expired, or ends soon", async () => {
  expect(ids(found({ secret: seen(secret({ "ca.crt": undefined })) }))).toEqual(["authority-missing"]);
  const mismatch = seen(secret({ "ca.crt": OTHER.cert, "ca.key": OTHER.key }));
  expect(ids(found({ secret: mismatch }))).toEqual(["authority-mismatch"]);
  const withAuthority = async (days: number, left: number) => {
    const authority = await createAuthority("Old", days, daysFromNow(left - days));
    const pair = pairOf(await leaf(90, { authority }));
    const caBundle = { "ca.crt": `${AUTHORITY.cert}${authority.cert}`, "ca.key": authority.key };
    return ids(found({ secret: seen(secret({ ...pair, ...caBundle })) })).filter(
      (id) => id !== "ca-bundle-mismatch",
    );
  };
  expect(await withAuthority(700, -1)).toEqual(["authority-expired"]);
  expect(await withAuthority(700, 200)).toEqual(["authority-ends-soon"]);
  expect(await withAuthority(700, 300)).toEqual([]);
});

function commandsFor(...stored: Parameters<typeof secret>): readonly (string | undefined)[] {
  return diagnose({ ...HEALTHY, secret: seen(secret(...stored)) })
    .filter(({ check }) => check === "certificate")
    .map((each) => each.command);
}

const ROTATE =
  "kubectl annotate secret portcullis-tls --namespace=portcullis-system policy.portcullis.dev/rotate=";

test("what is asked for anew is what is not as it should be, also where somebody has asked already", async () => {
  expect(commandsFor(pairOf(await leaf(90, { issued: daysFromNow(-62) })))).toEqual([
    `${ROTATE}leaf --overwrite`,
  ]);
  const authority = await createAuthority("Old", 700, daysFromNow(-500));
  const old = { "ca.crt": authority.cert, "ca.key": authority.key };
  expect(commandsFor({ ...old, ...pairOf(await leaf(90, { authority })) })).toEqual([
    `${ROTATE}ca --overwrite`,
  ]);
});

const asking = (what: string) => ({ annotations: { "policy.portcullis.dev/rotate": what } });

test("nothing is asked for while a new authority is asked for, or waits", async () => {
  const old = pairOf(await leaf(90, { issued: daysFromNow(-62) }));
  expect(commandsFor(old, asking("ca"))).toEqual([undefined]);
  expect(commandsFor(old, asking("leaf"))).toEqual([`${ROTATE}leaf --overwrite`]);
  const next = await createAuthority("Next", 700, NOW);
  expect(commandsFor({ ...old, "next-ca.crt": next.cert })).toEqual([undefined]);
});

test("an authority that was not replaced in time because a rotation does not go on is that rotation's", async () => {
  const authority = await createAuthority("Old", 700, daysFromNow(-500));
  const next = await createAuthority("Next", 700, daysFromNow(-1));
  const bundle = { "ca.crt": `${AUTHORITY.cert}${authority.cert}`, "ca.key": authority.key };
  const texts = { ...pairOf(await leaf(90, { authority })), ...bundle, "next-ca.crt": next.cert };
  const findings = diagnose({ ...HEALTHY, secret: seen(secret(texts)) });
  expect(findings.find(({ id }) => id === "authority-ends-soon")).toMatchObject({
    follows: "rotation-stuck",
  });
});

test("somebody's own pair may come without its authority", () => {
  const mounted = seen(deployment({ args: ["serve", "--cert=tls.crt"] }));
  expect(
    found({ deployment: mounted, secret: seen(secret({ "ca.crt": undefined, "ca.key": undefined })) }),
  ).toEqual([]);
});

async function withNext(hours: number) {
  const { cert } = await createAuthority("Next", 700, daysFromNow(-hours / 24));
  return found({ secret: seen(secret({ "next-ca.crt": cert })) });
}

test("a rotation that has stood still for an hour is stuck", async () => {
  expect(await withNext(0.5)).toEqual([]);
  expect(await withNext(2)).toEqual([
    "rotation-stuck: In the Secret portcullis-system/portcullis-tls a next authority has waited to be used since 2026-03-01T10:00:00.000Z.",
  ]);
});

function asked(time: string) {
  return secret(
    {},
    {
      annotations: { "policy.portcullis.dev/rotate": "ca" },
      managedFields: [
        {
          manager: "kubectl-annotate",
          time,
          fieldsV1: { "f:metadata": { "f:annotations": { "f:policy.portcullis.dev/rotate": {} } } },
        },
      ],
    },
  );
}

test("so is one that was asked for an hour ago", () => {
  expect(found({ secret: seen(asked("2026-03-01T11:30:00Z")) })).toEqual([]);
  expect(ids(found({ secret: seen(asked("2026-03-01T10:00:00Z")) }))).toEqual(["rotation-stuck"]);
});
