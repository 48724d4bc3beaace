import { PortcullisError } from "../error.ts";
import type { ClusterOptions } from "./cluster-knowledge.ts";
import type { PolicySources } from "./load-policies.ts";
import type { WebhooksOptions } from "./webhooks.ts";

export interface ServeOptions extends PolicySources, ClusterOptions {
  readonly inventory: readonly string[];
  /** HTTPS, admission; 0 takes any free port. */
  readonly port: number;
  /** HTTP, health and metrics; 0 takes any free port. */
  readonly metricsPort: number;
  readonly cert: string;
  readonly key: string;
  /** Worker threads; undefined for as many as there are cores. */
  readonly workers: number | undefined;
  /** Seconds in which requests are still answered after the server was told to stop. */
  readonly drain: number;
  /** A file with an AdmissionReview: a command that posts it is printed. */
  readonly try: string | undefined;
  /** The certificate authority that this command trusts. */
  readonly ca: string;
  /** Portcullis issues its own certificates and keeps them in a Secret; `cert` and `key` are not used. */
  readonly manageCertificates: boolean;
  /** The installed webhook configurations are kept as policies and bindings want them. */
  readonly keepWebhooks: boolean;
  /** The Service of Portcullis: whose Secret and Lease are used. */
  readonly service: WebhooksOptions["service"];
}

/** Throws USAGE for what needs a cluster and was named none. */
export function checkServeOptions({ cluster, manageCertificates, keepWebhooks }: ServeOptions): void {
  const needing = [
    ...(manageCertificates ? ["--manage-certificates"] : []),
    ...(keepWebhooks ? ["--keep-webhooks"] : []),
  ];
  if (cluster || needing.length === 0) return;
  throw new PortcullisError("USAGE", {
    message: `${needing.join(" and ")} ${needing.length === 1 ? "works" : "work"} in a cluster, but none is followed without --cluster.`,
    remedy: "Add --cluster, or leave it out and use --cert, --key and `portcullis webhooks`.",
  });
}
