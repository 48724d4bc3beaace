import { expect, test } from "@jest/globals";
import { createAuthority } from "../../certificates/certificate.ts";
import {
  ABSENT,
  daysFromNow,
  deployment,
  found,
  HEALTHY,
  seen,
  UNSEEN,
} from "../../../test/doctor/healthy.ts";
import { clientAuthorityFile } from "./client-authority.ts";
import { diagnose } from "../diagnose.ts";

const MOUNT = { name: "clients", mountPath: "/etc/clients" };

function asking(
  source: object,
  args: readonly string[] = ["--client-ca=/etc/clients/ca.crt"],
  mount: object = {},
) {
  const common = ["serve", "--manage-certificates", "--keep-webhooks"];
  return deployment({
    args: [...common, ...args],
    volumes: [
      { name: "other", configMap: { name: "b" } },
      { name: "clients", ...source },
    ],
    volumeMounts: [
      { name: "other", mountPath: "/etc/other" },
      { ...MOUNT, ...mount },
    ],
  });
}

const CONFIG_MAP = { configMap: { name: "api-server-clients" } };

test("the file's object is found by its volume, in either way of writing the flag", () => {
  expect(clientAuthorityFile(asking(CONFIG_MAP))).toEqual(
    seen({ kind: "configmaps", name: "api-server-clients", key: "ca.crt" }),
  );
  const secret = asking({ secret: { secretName: "clients" } }, ["--client-ca", "/etc/clients/ca.crt"]);
  expect(clientAuthorityFile(secret)).toEqual(seen({ kind: "secrets", name: "clients", key: "ca.crt" }));
  expect(clientAuthorityFile(asking(CONFIG_MAP, []))).toEqual(ABSENT);
});

const ITEMS = { items: [{ key: "apiserver.pem", path: "ca.crt" }] };

test.each<readonly [string, object, object, object]>([
  [
    "a key under another name",
    { configMap: { name: "c", ...ITEMS } },
    {},
    { kind: "configmaps", key: "apiserver.pem" },
  ],
  [
    "one of a Secret",
    { secret: { secretName: "c", ...ITEMS } },
    {},
    { kind: "secrets", key: "apiserver.pem" },
  ],
  [
    "one file of a volume",
    { configMap: { name: "c" } },
    { mountPath: "/etc/clients/ca.crt", subPath: "apiserver.pem" },
    { kind: "configmaps", key: "apiserver.pem" },
  ],
  [
    "a folder of a volume",
    { configMap: { name: "c", items: [{ key: "apiserver.pem", path: "in/ca.crt" }] } },
    { subPath: "in" },
    { kind: "configmaps", key: "apiserver.pem" },
  ],
])("a file that is %s is looked for there", (_, source, mount, value) => {
  expect(clientAuthorityFile(asking(source, undefined, mount))).toEqual(seen({ name: "c", ...value }));
});

test("of mounts within each other the innermost has the file", () => {
  const nested = deployment({
    args: ["--client-ca=/etc/clients/ca.crt"],
    volumes: [
      { name: "all", configMap: { name: "all" } },
      { name: "clients", configMap: { name: "clients" } },
    ],
    volumeMounts: [{ name: "all", mountPath: "/etc" }, MOUNT, { name: "all", mountPath: "/" }],
  });
  expect(clientAuthorityFile(nested)).toMatchObject(seen({ name: "clients", key: "ca.crt" }));
});

test.each<readonly [string, object, object]>([
  ["of a machine", { hostPath: { path: "/etc" } }, {}],
  ["of several sources", { projected: { sources: [{ configMap: { name: "c" } }] } }, {}],
  ["that a variable names", CONFIG_MAP, { subPathExpr: "$(POD)" }],
  ["that is mounted nowhere", CONFIG_MAP, { mountPath: "/etc/client" }],
  ["that no item makes", { configMap: { name: "c", items: [{ key: "a", path: "b" }] } }, {}],
])("a file %s was not looked at, which is said", (_, source, mount) => {
  expect(found({ deployment: seen(asking(source, undefined, mount)) })).toEqual([
    expect.stringMatching(/^not-checked: The authority of --client-ca could not be looked at: /),
  ]);
});

function told(clientAuthority: typeof HEALTHY.clientAuthority): readonly string[] {
  return found({ deployment: seen(asking(CONFIG_MAP)), clientAuthority });
}

async function authority(days: number, left: number): Promise<string> {
  return (await createAuthority("clients", days, daysFromNow(left - days))).cert;
}

const WHAT = "The authority of --client-ca, ca.crt of the ConfigMap portcullis-system/api-server-clients,";

test("an authority that is missing, none at all, over, or about to end", async () => {
  expect(told(ABSENT)).toEqual([`client-authority-missing: ${WHAT} is not there.`]);
  expect(told(seen(undefined))).toEqual([`client-authority-missing: ${WHAT} is not there.`]);
  expect(told(seen("x"))).toEqual([`client-authority-missing: ${WHAT} is no PEM certificate.`]);
  expect(told(seen(await authority(100, -1)))).toEqual([
    `client-authority-expired: ${WHAT} has expired at 2026-02-28T12:00:00.000Z.`,
  ]);
  expect(told(seen(await authority(100, 2)))).toEqual([
    `client-authority-ends-soon: ${WHAT} ends at 2026-03-03T12:00:00.000Z.`,
  ]);
  expect(told(seen(await authority(100, 50)))).toEqual([]);
});

test("one that will take over is enough", async () => {
  expect(told(seen((await authority(100, -1)) + (await authority(100, 90))))).toEqual([]);
});

test("what may not be read is said", () => {
  expect(told(UNSEEN)).toEqual([`not-checked: ${WHAT.slice(0, -1)} could not be looked at: you may not.`]);
});

test("where the API server's certificate cannot count any more, that it is refused follows", async () => {
  const message =
    'failed calling webhook "exemption-guard.portcullis.dev": failed to call webhook: The certificate of the client, or of its authority, is not valid now (CERT_HAS_EXPIRED).';
  const facts = {
    ...HEALTHY,
    deployment: seen(asking(CONFIG_MAP)),
    clientAuthority: seen(await authority(100, -1)),
    answers: seen([{ code: 500, body: { message } }]),
  };
  expect(diagnose(facts).map(({ id, follows }) => [id, follows])).toEqual([
    ["client-authority-expired", undefined],
    ["client-certificate-refused", "client-authority-expired"],
  ]);
});
