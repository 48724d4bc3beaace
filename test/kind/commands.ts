/** A program with its arguments, run in the project's folder. */
export interface Command {
  /** What it is for, as a sentence for a person. */
  readonly title: string;
  readonly program: "docker" | "kind" | "kubectl" | "node";
  readonly args: readonly string[];
}

export interface KindCluster {
  /** Of this run alone: whoever has a cluster of that name would lose it at the end. */
  readonly name: string;
  /** Where kind writes how to reach it; the user's own kubeconfig stays as it is. */
  readonly kubeconfig: string;
  /** For other files; removed at the end, like that one. */
  readonly folder: string;
  /** Name and tag, as the overlay `kind` names it. */
  readonly image: string;
}

/** In this order; each needs those before it. */
export function preparation({ name, kubeconfig, folder, image }: KindCluster): readonly Command[] {
  return [
    {
      title: `Building the image ${image}.`,
      program: "docker",
      // A builder of the user's own would keep the image for itself.
      args: ["build", "--load", "--tag", image, "."],
    },
    {
      title: `Creating the cluster ${name}.`,
      program: "kind",
      args: [
        "create",
        "cluster",
        "--name",
        name,
        "--config",
        "manifests/kind/cluster.yaml",
        "--kubeconfig",
        kubeconfig,
        // Until its nodes are ready.
        "--wait",
        "180s",
      ],
    },
    {
      title: "Loading the image onto its nodes.",
      program: "kind",
      args: ["load", "docker-image", image, "--name", name],
    },
    {
      title: "Installing Portcullis.",
      program: "node",
      args: ["--disable-warning=ExperimentalWarning", "test/kind/deploy-main.ts", kubeconfig, folder],
    },
  ];
}

/** A rollout takes longer than the tests of a control plane on loopback allow. */
const TEST_LIMIT_MS = 600_000;

/** jest on these files. */
export function testRun(files: readonly string[]): Command {
  return {
    title: "Running the end-to-end tests.",
    program: "node",
    args: [
      "--disable-warning=ExperimentalWarning",
      "--experimental-vm-modules",
      "node_modules/jest/bin/jest.js",
      // One cluster for all files.
      "--runInBand",
      `--testTimeout=${TEST_LIMIT_MS}`,
      ...files,
    ],
  };
}

/** What a person wants to see of a cluster in which something failed; it is gone afterwards. */
export function diagnosis({ kubeconfig }: KindCluster): readonly Command[] {
  const look = (title: string, ...args: readonly string[]): Command => ({
    title,
    program: "kubectl",
    args: [`--kubeconfig=${kubeconfig}`, "--namespace=portcullis-system", ...args],
  });
  return [
    look("The Pods:", "get", "pods", "--output=wide"),
    look("What happened to them:", "get", "events", "--sort-by=.lastTimestamp"),
    look(
      "What they said:",
      "logs",
      "--selector=app.kubernetes.io/name=portcullis",
      "--prefix",
      "--tail=50",
      "--all-containers",
    ),
  ];
}

export function removal({ name, kubeconfig }: KindCluster): Command {
  return {
    title: `Removing the cluster ${name}.`,
    program: "kind",
    args: ["delete", "cluster", "--name", name, "--kubeconfig", kubeconfig],
  };
}
