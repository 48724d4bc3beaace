import type { Command } from "commander";
import { DEFAULT_SERVICE, service } from "./webhook-server.ts";

/** What `portcullis uninstall` can be told. */
export function uninstallOptions(command: Command): Command {
  return command
    .description("Remove Portcullis from a cluster, in an order in which nothing can be held up.")
    .option("--service <namespace/name:port>", "the Service of Portcullis", service, DEFAULT_SERVICE)
    .option("--dry-run", "say what would be removed, and remove nothing", false)
    .option("--delete-bindings", "remove the PolicyBindings of the cluster and what defines them", false)
    .option("--kubeconfig <file>", "which cluster; or KUBECONFIG=, ~/.kube/config, the Pod's account")
    .option("--context <name>", "context of the kubeconfig");
}
