import { expect, test } from "@jest/globals";
import { createAuthority } from "../../certificates/certificate.ts";
import {
  AUTHORITY,
  daysFromNow,
  found,
  MUTATING,
  NOW,
  seen,
  SERVICE,
  stored,
} from "../../../test/doctor/healthy.ts";

const SERVICE_OF_MUTATE = { ...SERVICE, path: "/mutate" };
const OTHER = await createAuthority("Another", 700, NOW);
const OLD = await createAuthority("Old", 10, daysFromNow(-20));

function withBundle(
  pem: string | undefined,
  answer?: { readonly code: number; readonly body: object },
): readonly string[] {
  const caBundle = pem === undefined ? undefined : Buffer.from(pem).toString("base64");
  const mutating = seen([
    stored(MUTATING, (entry) => ({ ...entry, clientConfig: { service: SERVICE_OF_MUTATE, caBundle } })),
  ]);
  return found({
    mutating,
    ...(answer === undefined ? {} : { answers: seen([{ code: answer.code, body: {} }]) }),
  });
}

const WHAT = "The caBundle of mutate.portcullis.dev (mutating)";

test.each([
  ["no certificate", "garbage", `ca-bundle-unreadable: ${WHAT} holds no PEM certificate.`],
  [
    "the end of its life",
    OLD.cert,
    `ca-bundle-expired: ${WHAT} holds only authorities that have expired, the last at 2026-02-19T12:00:00.000Z.`,
  ],
  [
    "another authority",
    OTHER.cert,
    `ca-bundle-mismatch: ${WHAT} does not verify the certificate in the Secret portcullis-system/portcullis-tls.`,
  ],
])("a bundle with %s is told, and whose it is", (_, pem, message) => {
  expect(withBundle(pem)).toEqual([message]);
});

test("one good authority of several is enough", () => {
  expect(withBundle(`${OLD.cert}${OTHER.cert}${AUTHORITY.cert}`)).toEqual([]);
});

test("none at all is enough if the API server trusts the certificate all the same", () => {
  expect(withBundle(undefined)).toEqual([]);
  const ids = withBundle(undefined, { code: 201, body: {} }).map((text) => text.split(":")[0]);
  expect(ids).toEqual(["ca-bundle-missing", "server-not-asked"]);
});
