import { Option, type Command } from "commander";
import { DEFAULT_SERVICE, service } from "../webhooks/server.ts";

/** What `portcullis uninstall` can be told. */
export function uninstallOptions(command: Command): Command {
  return command
    .description("Remove Portcullis from a cluster, in an order in which nothing can be held up.")
    .addOption(
      // A port may be there, as other commands want it.
      new Option("--service <namespace/name>", "the Service of Portcullis")
        .argParser(service)
        .default(DEFAULT_SERVICE, `${DEFAULT_SERVICE.namespace}/${DEFAULT_SERVICE.name}`),
    )
    .option("--dry-run", "say what would be removed, and remove nothing", false)
    .option("--delete-bindings", "remove the PolicyBindings of the cluster and what defines them", false)
    .option("--kubeconfig <file>", "which cluster; or KUBECONFIG=, ~/.kube/config, the Pod's account")
    .option("--context <name>", "context of the kubeconfig")
    .addHelpText(
      "after",
      "\nExit codes: 0 removed, but for what stays on purpose, 1 ended by a signal, 2 bad usage, or a step failed.",
    );
}
