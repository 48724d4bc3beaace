import { expect, test } from "@jest/globals";
import { deployment, found, HEALTHY, seen, UNSEEN } from "../../../test/doctor/healthy.ts";
import { diagnose } from "../diagnose.ts";
import type { Granted } from "../observe/observation.ts";
import type { Permission } from "./permissions.ts";

function without(
  granted: readonly Granted[],
  isDenied: (permission: Permission) => boolean,
): readonly Granted[] {
  return granted.map(({ permission }) => ({ permission, allowed: seen(!isDenied(permission)) }));
}

test("what the account may not is one finding, each permission by name", () => {
  const accountPermissions = without(
    HEALTHY.accountPermissions,
    ({ resource }) => resource === "endpointslices" || resource === "services",
  );
  expect(found({ accountPermissions })).toEqual([
    "permission-missing: system:serviceaccount:portcullis-system:portcullis lacks permissions on 2 resources that the manifests grant.",
  ]);
  expect(diagnose({ ...HEALTHY, accountPermissions }).map(({ items }) => items)).toEqual([
    [
      "get services/portcullis in portcullis-system",
      "list endpointslices.discovery.k8s.io in portcullis-system",
    ],
  ]);
});

test("what only managed certificates need is not missed where a Secret is mounted", () => {
  const permission = { verb: "get", group: "", resource: "secrets", flag: "--manage-certificates" } as const;
  const accountPermissions = [{ permission, allowed: seen(false) }];
  expect(found({ accountPermissions })).toHaveLength(1);
  const mounted = seen(deployment({ args: ["serve", "--cert=tls.crt", "--keep-webhooks"] }));
  expect(found({ accountPermissions, deployment: mounted })).toEqual([]);
});

test("what cannot be asked is told once, with its reason", () => {
  const accountPermissions = HEALTHY.accountPermissions.map((each) => ({ ...each, allowed: UNSEEN }));
  expect(found({ accountPermissions })).toEqual([
    "not-checked: Permissions of system:serviceaccount:portcullis-system:portcullis could not be looked at: you may not.",
  ]);
});

test("what the person may not read is told as a check that could not be made", () => {
  const ownPermissions = without(HEALTHY.ownPermissions, ({ resource }) => resource === "secrets");
  expect(found({ ownPermissions })).toEqual([
    "your-permission-missing: You lack permissions on one resource that the checks need.",
  ]);
  expect(diagnose({ ...HEALTHY, ownPermissions })[0]?.items).toEqual([
    "get secrets/portcullis-tls in portcullis-system",
  ]);
});
