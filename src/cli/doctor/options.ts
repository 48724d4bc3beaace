import { Option, type Command } from "commander";
import type { ClusterChoice } from "../../cluster/api/kubeconfig.ts";
import type { PolicySources } from "../load-policies.ts";
import { serviceOption } from "../webhooks/server.ts";
import type { WebhooksOptions } from "../webhooks/webhooks.ts";

export interface DoctorOptions extends ClusterChoice, Pick<PolicySources, "policies" | "bindings"> {
  /** Whether `policies` was named rather than assumed. */
  readonly arePoliciesNamed: boolean;
  /** The Service of Portcullis. */
  readonly service: WebhooksOptions["service"];
  readonly output: "pretty" | "short" | "json";
}

/** What `portcullis doctor` can be told besides policies and bindings. */
export function doctorOptions(command: Command): Command {
  return command
    .description("Say what is wrong with an installation and what to do; changes nothing.")
    .addOption(serviceOption())
    .option("--kubeconfig <file>", "which cluster; or KUBECONFIG=, ~/.kube/config, the Pod's account")
    .option("--context <name>", "context of the kubeconfig")
    .addOption(
      new Option("-o, --output <format>", "format of the report")
        .choices(["pretty", "short", "json"])
        .default("pretty"),
    )
    .addHelpText(
      "after",
      "\nExit codes: 0 healthy or warnings only, 1 problems or something that could not be checked, 2 usage or no cluster.",
    );
}
