import { dump } from "js-yaml";
import type { WebhookServer } from "../../cluster/webhooks/configuration.ts";
import {
  checkNotEmpty,
  webhookConfigurations,
  withoutFail,
  type GeneratedWebhooks,
} from "../../cluster/webhooks/webhooks.ts";
import { PortcullisError } from "../../error.ts";
import type { JsonObject } from "../../policy/json.ts";
import { snapshotOf } from "../../workers/program.ts";
import { applyWebhooks } from "./apply.ts";
import { loadProgram, type PolicySources } from "../load-policies.ts";
import { readAuthority, type AuthoritySource } from "./authority.ts";
import { outliveReader } from "./interruption.ts";
import { progressOn } from "../progress.ts";
import type { Environment, ProcessSurroundings } from "../surroundings.ts";

export interface WebhooksOptions extends PolicySources {
  readonly service: { readonly namespace: string; readonly name: string; readonly port: number };
  /** Instead of the Service: where the API server finds Portcullis, without a path. */
  readonly url: string | undefined;
  /** PEM certificates that the server's certificate is checked against. */
  readonly caFile: string | undefined;
  /** Instead of the file: a Secret of the cluster that has them as ca.crt. */
  readonly caSecret: AuthoritySource["caSecret"];
  readonly failurePolicyIgnore: boolean;
  readonly output: "yaml" | "json";
  /** Install instead of printing. */
  readonly apply: boolean;
  /** Whether the PolicyBindings of the cluster count beside those of files. */
  readonly cluster: boolean;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

/** Prints the webhook configurations for the policies and their bindings, or installs them. */
export async function webhooksCommand(
  options: WebhooksOptions,
  environment: Environment,
  streams: ProcessSurroundings,
): Promise<number> {
  checkTogether(options);
  if (options.apply) outliveReader(streams.stderr);
  const { say } = progressOn(streams.stderr, Date.now);
  const server = await serverOf(options);
  const sources = { ...options, bindingsInCluster: await bindingsInCluster(options) };
  const { program, notes } = await loadProgram(sources, new Map(), environment, say);
  const generated = webhookConfigurations(snapshotOf(program), server);
  checkNotEmpty(generated, { policies: program.bundle.policies.length, file: program.file });
  const configurations = options.failurePolicyIgnore
    ? { ...generated, validating: withoutFail(generated.validating) }
    : generated;
  for (const note of [...notes, ...generated.notes, ...trustNotes(server)]) say(`note: ${note}`);
  if (options.apply) {
    return applyWebhooks({ ...configurations, server }, options, { say, signals: streams.signals });
  }
  streams.stdout.write(options.output === "json" ? asJson(configurations) : asYaml(configurations));
  return 0;
}

function checkTogether({ apply, cluster, caSecret, kubeconfig, context }: WebhooksOptions): void {
  if (apply || cluster || caSecret !== undefined || (kubeconfig === undefined && context === undefined))
    return;
  throw new PortcullisError("USAGE", {
    message:
      "--kubeconfig and --context name a cluster, but none is used without --apply (installs there), --cluster (reads its PolicyBindings) or --ca-secret.",
    remedy:
      "Add one of them, or leave them out and pipe what is printed to `kubectl apply --server-side -f -`.",
  });
}

async function bindingsInCluster(options: WebhooksOptions): Promise<readonly JsonObject[]> {
  if (!options.cluster) return [];
  // The client's library is large, and who only prints does not need it.
  const [{ apiRequests }, { clusterAccess }, { readPolicyBindings }] = await Promise.all([
    import("../../cluster/api/request.ts"),
    import("../../cluster/api/kubeconfig.ts"),
    import("../../cluster/follow/policy-bindings.ts"),
  ]);
  return readPolicyBindings(apiRequests(clusterAccess(options)));
}

async function serverOf(options: WebhooksOptions): Promise<WebhookServer> {
  const { service, url } = options;
  const caBundle = await readAuthority(options);
  return url === undefined ? { service, caBundle } : { url, caBundle };
}

function trustNotes({ caBundle }: WebhookServer): readonly string[] {
  if (caBundle !== undefined) return [];
  return [
    "without --ca-file or --ca-secret the server's certificate must be one that the API server trusts by itself, unless something like cert-manager fills in caBundle",
  ];
}

/** Two documents; in double quotes, as most manifests are written, and without folded lines. */
function asYaml({ validating, mutating }: GeneratedWebhooks): string {
  return [validating, mutating]
    .map((configuration) => dump(configuration, { lineWidth: -1, noRefs: true, quoteStyle: "double" }))
    .join("---\n");
}

/** One `v1` List, which is one JSON document. */
function asJson({ validating, mutating }: GeneratedWebhooks): string {
  return `${JSON.stringify({ apiVersion: "v1", kind: "List", items: [validating, mutating] }, null, 2)}\n`;
}
