import { readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { z } from "zod";
import { readManifests } from "../../cli/manifest/read.ts";
import { permissionText, serverPermissions, type Permission } from "./permissions.ts";

const Role = z.object({
  kind: z.string(),
  metadata: z.object({ namespace: z.string().optional() }),
  rules: z
    .array(
      z.object({
        apiGroups: z.array(z.string()),
        resources: z.array(z.string()),
        resourceNames: z.array(z.string().optional()).default([undefined]),
        verbs: z.array(z.string()),
      }),
    )
    .default([]),
});

/** What a role of the manifests grants. */
function granted({ metadata: { namespace }, rules }: z.infer<typeof Role>): readonly Permission[] {
  return rules.flatMap(({ apiGroups, resources, resourceNames, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        resourceNames.flatMap((name) => verbs.map((verb) => ({ verb, group, resource, namespace, name }))),
      ),
    ),
  );
}

test("what is asked about is what manifests/base/rbac.yaml grants, no more and no less", async () => {
  const file = "manifests/base/rbac.yaml";
  const roles = readManifests(file, await readFile(file, "utf8")).manifests.map(({ value }) =>
    Role.parse(value),
  );
  const expected = roles.flatMap(granted).map(permissionText);
  expect(expected.length).toBeGreaterThan(10);
  const service = { namespace: "portcullis-system", name: "portcullis" };
  expect(serverPermissions(service).map(permissionText).toSorted()).toEqual(expected.toSorted());
});
