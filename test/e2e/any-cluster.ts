/** Where end-to-end tests run that need a cluster but no say over its processes. */
import { afterAll, beforeAll, describe } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { onPath } from "../../src/build/opa/locate.ts";
import { controlPlaneForTests, type TestedControlPlane } from "../cluster/for-tests.ts";
import { installPortcullis } from "../cluster/install.ts";
import { cleanUp, namespacesOf } from "../kind/clean-up.ts";
import { existingCluster, type Cluster, type Users } from "../kind/existing-cluster.ts";
import { OVERLAY } from "../kind/image-name.ts";
import { deploy } from "../kind/install.ts";
import { mustBeOwnCluster } from "../kind/own-cluster.ts";
import { tell } from "../life/life.ts";

export interface TestedCluster extends Pick<TestedControlPlane, "describe"> {
  /** The one that runs while the tests of the file do. */
  readonly cluster: () => Cluster;
  /** Brings Portcullis into it: a bundle, and files of bindings. Resolves when the API server enforces them. */
  readonly install: (sources: {
    readonly policies: string;
    readonly bindings: readonly string[];
  }) => Promise<void>;
}

interface Options {
  readonly users?: Users;
}

/**
 * A control plane of one's own or, where `PORTCULLIS_TEST_CLUSTER` names a kubeconfig, that cluster of `make kind`, into
 * which the image of the overlay `kind` was brought. To be awaited at the top level of a file. Files share such a cluster, so they run one
 * after the other; each leaves it as it found it.
 */
export async function clusterForTests(tests: string, options: Options = {}): Promise<TestedCluster> {
  const given = process.env["PORTCULLIS_TEST_CLUSTER"];
  if (given !== undefined && given !== "") return clusterOf(given, options);
  const { describe: withCluster, controlPlane } = await controlPlaneForTests(tests, options);
  return {
    describe: withCluster,
    cluster: controlPlane,
    install: async (sources) => void (await installPortcullis(controlPlane(), sources)),
  };
}

async function clusterOf(kubeconfig: string, { users = {} }: Options): Promise<TestedCluster> {
  await mustBeOwnCluster(kubeconfig);
  const [kubectl = "kubectl"] = await onPath("kubectl", process.env);
  const folder = await mkdtemp(path.join(tmpdir(), "portcullis-e2e-"));
  const cluster = await existingCluster({ kubeconfig, kubectl, users, folder });
  let before: ReadonlySet<string> = new Set();
  beforeAll(async () => {
    before = await namespacesOf(cluster);
  });
  afterAll(async () => {
    try {
      await cleanUp(cluster, before);
    } finally {
      // It holds kubeconfigs of people who may do everything.
      await rm(folder, { recursive: true });
    }
  });
  return {
    describe,
    cluster: () => cluster,
    install: (instead) => deploy(cluster, { overlay: OVERLAY, folder, instead, progress: tell }),
  };
}
