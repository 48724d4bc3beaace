// oxlint-disable jest/no-standalone-expect -- the rule does not see that `api` is `describe` or `describe.skip`
/** What `make kind` does to a cluster, as far as that goes where Pods are only said to run: all but the webhooks' answers. */
import { expect, test } from "@jest/globals";
import path from "node:path";
import { z } from "zod";
import { onPath } from "../../src/build/opa/locate.ts";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { obtainPinnedKubectl } from "../cluster/obtain.ts";
import { bundleForTests, EXCLUSIONS, fileOf, PERMISSIONS } from "../e2e/cluster.ts";
import { namespace } from "../e2e/objects.ts";
import { certificates, tell } from "../life/life.ts";
import { temporaryFolder } from "../policy-folder.ts";
import { cleanUp, namespacesOf } from "./clean-up.ts";
import { existingCluster, type Cluster } from "./existing-cluster.ts";
import { OVERLAY } from "./image-name.ts";
import { deploy } from "./install.ts";

const { describe: api, controlPlane } = await controlPlaneForTests("what make kind does", { nodes: true });

/** The control plane as somebody sees it who has its kubeconfig and nothing else. */
async function clusterOfAnother(): Promise<Cluster> {
  const [found] = await onPath("kubectl", process.env);
  return existingCluster({
    kubeconfig: controlPlane().kubeconfig(),
    kubectl: found ?? (await obtainPinnedKubectl({ progress: tell })),
    users: { developer: ["developers"] },
    folder: await temporaryFolder(),
  });
}

/** What the server would do that does not run here. */
async function keepCertificate({ kubectl }: Cluster): Promise<void> {
  const folder = await certificates();
  await kubectl(["create", "namespace", "portcullis-system"]);
  const files = ["ca.crt", "tls.crt", "tls.key"].map((name) => `--from-file=${path.join(folder, name)}`);
  await kubectl(["create", "secret", "generic", "portcullis-tls", "--namespace=portcullis-system", ...files]);
}

const Mounted = z.object({
  containers: z.tuple([
    z.object({ args: z.array(z.string()), volumeMounts: z.array(z.looseObject({ name: z.string() })) }),
  ]),
});

api("a cluster of somebody else", () => {
  test("takes its people for whom they are said to be", async () => {
    const { kubectl } = await clusterOfAnother();
    const { stdout } = await kubectl(["auth", "whoami", "--output=json"], { user: "developer" });
    const userInfo = { username: "developer", groups: ["developers", "system:authenticated"] };
    expect(JSON.parse(stdout)).toMatchObject({ status: { userInfo } });
    expect(await kubectl(["get", "nodes"], { user: "developer" })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('User "developer" cannot list resource "nodes"'),
    });
  });

  test("gets everything that is shipped, and other policies, before the webhooks are asked for", async () => {
    const cluster = await clusterOfAnother();
    const folder = await temporaryFolder();
    const instead = {
      policies: await bundleForTests(),
      bindings: [await fileOf("exclusions.yaml", EXCLUSIONS)],
    };
    await keepCertificate(cluster);
    const lines: string[] = [];
    const deployment = {
      overlay: OVERLAY,
      folder,
      instead,
      progress: (line: string) => void lines.push(line),
    };
    // Nothing answers at the address of a Pod that only seems to run.
    await expect(deploy(cluster, deployment)).rejects.toThrow(
      /^The webhooks could not be installed: [^]*\[(WEBHOOK|CLUSTER)_/,
    );
    expect(lines.at(-1)).toBe("Installing the webhooks.");

    const get = ["get", "deployment/portcullis", "--namespace=portcullis-system"];
    const { stdout } = await cluster.kubectl([...get, "--output=jsonpath={.spec.template.spec}"]);
    const [{ args, volumeMounts }] = Mounted.parse(JSON.parse(stdout)).containers;
    expect(args.filter((arg) => arg.startsWith("--policies="))).toEqual(["--policies=/bundle/bundle.tar.gz"]);
    expect(volumeMounts).toContainEqual({ name: "bundle", mountPath: "/bundle", readOnly: true });
    const bindings = ["get", "configmap/portcullis-bindings", "--namespace=portcullis-system"];
    const { stdout: data } = await cluster.kubectl([...bindings, "--output=jsonpath={.data}"]);
    expect(data).toContain("exemptors");
  });

  test("is left as it was found", async () => {
    const cluster = await clusterOfAnother();
    const before = await namespacesOf(cluster);
    for (const object of [namespace("made", {}), PERMISSIONS])
      await cluster.kubectl(["apply", "--filename=-"], { input: JSON.stringify(object) });
    expect(await namespacesOf(cluster)).toContain("made");
    await cleanUp(cluster, before);
    expect(await namespacesOf(cluster)).toEqual(before);
    const { code, stderr } = await cluster.kubectl(["get", "clusterrolebinding/writers"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("NotFound")]);
  });
});
