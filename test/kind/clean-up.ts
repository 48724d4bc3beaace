import type { Cluster } from "./existing-cluster.ts";

/** By name. */
export async function namespacesOf({ kubectl }: Cluster): Promise<ReadonlySet<string>> {
  const { stdout } = await kubectl(["get", "namespaces", "--output=jsonpath={.items[*].metadata.name}"]);
  return new Set(stdout.split(" ").filter((name) => name !== ""));
}

const CONFIGURATIONS = "validatingwebhookconfigurations,mutatingwebhookconfigurations";
const WAIT = ["--ignore-not-found", "--timeout=120s"];

/**
 * Takes away what tests have made: the webhooks first, or they would still be asked; then what belongs to no namespace,
 * and every namespace that was not there before.
 */
export async function cleanUp(cluster: Cluster, before: ReadonlySet<string>): Promise<void> {
  const made = [...(await namespacesOf(cluster))].filter((name) => !before.has(name));
  const deletions = [
    [CONFIGURATIONS, "portcullis"],
    ["crd", "widgets.e2e.portcullis.dev"],
    ["clusterrolebinding", "writers"],
    ...(made.length === 0 ? [] : [["namespaces", ...made]]),
  ];
  for (const what of deletions) {
    const { code, stderr } = await cluster.kubectl(["delete", ...what, ...WAIT]);
    if (code !== 0)
      throw new Error(`kubectl delete ${what.join(" ")} ended with exit code ${code}: ${stderr}`);
  }
}
