import { expect, test } from "@jest/globals";
import { createAuthority } from "../../certificates/certificate.ts";
import {
  ANSWERED,
  AUTHORITY,
  daysFromNow,
  found,
  MUTATING,
  NOW,
  seen,
  SERVICE,
  stored,
  VALIDATING,
} from "../../../test/doctor/healthy.ts";

const SERVICE_OF_MUTATE = { ...SERVICE, path: "/mutate" };
const OTHER = await createAuthority("Another", 700, NOW);
const OLD = await createAuthority("Old", 10, daysFromNow(-20));

function withBundle(pem: string): readonly string[] {
  const caBundle = Buffer.from(pem).toString("base64");
  const mutating = seen([
    stored(MUTATING, (entry) => ({ ...entry, clientConfig: { service: SERVICE_OF_MUTATE, caBundle } })),
  ]);
  return found({ mutating });
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

/** Without a bundle in all entries of both configurations, or in some of them. */
function withoutBundle(
  isWithout: (entry: string) => boolean,
  answer = ANSWERED,
): readonly (readonly [string, string])[] {
  const change = (entry: Readonly<Record<string, unknown>>): object => {
    const { clientConfig, name } = entry;
    const isObject = typeof clientConfig === "object" && typeof name === "string";
    return isObject && isWithout(name)
      ? { ...entry, clientConfig: { ...clientConfig, caBundle: undefined } }
      : entry;
  };
  const all = found({
    validating: seen([stored(VALIDATING, change)]),
    mutating: seen([stored(MUTATING, change)]),
    answers: seen([answer]),
  });
  return all.map((text) => [text.split(": ")[0] ?? "", text.split(": ")[1] ?? ""]);
}

test("none at all is enough if the API server trusts the certificate all the same", () => {
  expect(withoutBundle(() => true)).toEqual([]);
  const ids = withoutBundle(() => true, { code: 201, body: { message: "" } }).map(([id]) => id);
  expect(ids).toEqual(["ca-bundle-missing", "ca-bundle-missing", "server-not-asked"]);
});

test.each([
  ["validate-fail.portcullis.dev", "The caBundle of validate-fail.portcullis.dev (validating) is empty."],
  ["mutate.portcullis.dev", "The caBundle of mutate.portcullis.dev (mutating) is empty."],
])("that the guard's entry is trusted says nothing of %s without a bundle", (name, message) => {
  expect(withoutBundle((entry) => entry === name)).toEqual([["ca-bundle-missing", message]]);
});
