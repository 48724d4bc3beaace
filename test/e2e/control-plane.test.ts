// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** The local control plane itself: what every other end-to-end test stands on. */
import { expect, test } from "@jest/globals";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { nothingNames, processesThatName } from "../cluster/process-list.ts";
import { eventually } from "../life/life.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("the local control plane", {
  users: { developer: ["developers"] },
});

const MAY_WRITE_CONFIG_MAPS = {
  apiVersion: "v1",
  kind: "List",
  items: [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { name: "developer", namespace: "default" },
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["create", "get", "patch"] }],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "developers", namespace: "default" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "developer" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "developers" }],
    },
  ],
};

const CONFIG_MAP = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "written", namespace: "default" },
  data: { text: "by a developer" },
};

const POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "pod", namespace: "default" },
  spec: { containers: [{ name: "one", image: "registry.example/one:1" }] },
};

const asDeveloper = { user: "developer" } as const;
const apply = ["apply", "--filename=-"];

endToEnd("a control plane", () => {
  test("says the pinned version, and kubectl finds nothing to warn of", async () => {
    const { stdout, stderr } = await controlPlane().kubectl(["version", "--output=json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      clientVersion: { gitVersion: "v1.36.3" },
      serverVersion: { gitVersion: "v1.36.3" },
    });
    expect(stderr).toBe("");
  });

  test("keeps a user from what the user's groups may not do, and lets what they may", async () => {
    const input = JSON.stringify(CONFIG_MAP);
    const before = await controlPlane().kubectl(apply, { ...asDeveloper, input });
    expect(before).toMatchObject({ code: 1, stderr: expect.stringContaining('User "developer" cannot get') });
    await controlPlane().kubectl(apply, { input: JSON.stringify(MAY_WRITE_CONFIG_MAPS) });
    const mayWrite = ["auth", "can-i", "patch", "configmaps"];
    await eventually(
      "the API server has heard of the Role",
      async () => (await controlPlane().kubectl(mayWrite, asDeveloper)).code === 0,
    );
    const after = await controlPlane().kubectl(apply, { ...asDeveloper, input });
    expect(after).toEqual({ code: 0, stdout: "configmap/written created\n", stderr: "" });
    const read = await controlPlane().kubectl(["get", "configmap", "written", "--output=json"], asDeveloper);
    expect(JSON.parse(read.stdout)).toMatchObject({ data: CONFIG_MAP.data });
  });

  test("gives Pods the service account of their namespace", async () => {
    await controlPlane().kubectl(apply, { input: JSON.stringify(POD) });
    const { stdout } = await controlPlane().kubectl(["get", "pod", "pod", "--output=json"]);
    expect(JSON.parse(stdout)).toMatchObject({ spec: { serviceAccountName: "default" } });
  });

  test("names the users that there are if another is asked for", () => {
    expect(() => controlPlane().kubeconfig("nobody")).toThrow(/There is no user nobody; .*admin.*developer/);
  });

  // The last one: it stops what the others use.
  test("leaves no process and no file behind when it is stopped", async () => {
    const folder = dirname(controlPlane().logs);
    // etcd, API server, controllers, and the watchdog.
    expect(processesThatName(folder)).toHaveLength(4);
    await controlPlane().stop();
    await nothingNames(folder);
    expect(existsSync(folder)).toBe(false);
  });
});
