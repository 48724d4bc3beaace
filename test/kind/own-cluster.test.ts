import { expect, test } from "@jest/globals";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { clusterForTests } from "../e2e/any-cluster.ts";
import { temporaryFolder } from "../policy-folder.ts";
import { mustBeOwnCluster, newClusterName } from "./own-cluster.ts";

/** A kubeconfig as kind writes it. */
async function kubeconfigOf(context: string): Promise<string> {
  const file = path.join(await temporaryFolder(), "kubeconfig");
  await writeFile(file, `apiVersion: v1\nkind: Config\nclusters: []\ncurrent-context: ${context}\n`);
  return file;
}

test("a cluster that make kind has created is theirs", async () => {
  await expect(mustBeOwnCluster(await kubeconfigOf(`kind-${newClusterName()}`))).resolves.toBeUndefined();
});

test.each([
  "production",
  "kind-kind",
  "kind-portcullis",
  "kind-portcullis-00000000-mine",
  "x-kind-portcullis-00000000",
])("tests refuse %s before they look at it", async (context) => {
  const file = await kubeconfigOf(context);
  process.env["PORTCULLIS_TEST_CLUSTER"] = file;
  try {
    await expect(clusterForTests("none")).rejects.toThrow(
      `${file} leads to ${context}, which is no cluster of make kind.`,
    );
  } finally {
    delete process.env["PORTCULLIS_TEST_CLUSTER"];
  }
});
