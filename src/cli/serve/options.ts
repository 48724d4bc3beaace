import { PortcullisError } from "../../error.ts";
import type { LogLevel } from "../../telemetry/log-level.ts";
import type { ClusterOptions } from "./cluster-knowledge.ts";
import type { PolicySources } from "../load-policies.ts";
import type { WebhooksOptions } from "../webhooks/webhooks.ts";

export interface ServeOptions extends PolicySources, ClusterOptions {
  readonly inventory: readonly string[];
  /** HTTPS, admission; 0 takes any free port. */
  readonly port: number;
  /** HTTP, health and metrics; 0 takes any free port. */
  readonly metricsPort: number;
  readonly cert: string;
  readonly key: string;
  /** PEM file: only clients with a certificate of these authorities may ask; undefined for everybody. */
  readonly clientCa: string | undefined;
  /** Common names and DNS names, one of which such a certificate must have; empty for any. */
  readonly clientName: readonly string[];
  /** Worker threads; undefined for as many as there are cores. */
  readonly workers: number | undefined;
  /** Seconds in which requests are still answered after the server was told to stop. */
  readonly drain: number;
  /** The least level of the lines in the log; with `debug`, what policies print is among them. */
  readonly logLevel: LogLevel;
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

/** Throws USAGE for what needs another option. */
export function checkServeOptions(options: ServeOptions): void {
  checkClientOptions(options);
  const { cluster, manageCertificates, keepWebhooks } = options;
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

function checkClientOptions({ clientCa, clientName }: ServeOptions): void {
  if (clientCa !== undefined || clientName.length === 0) return;
  throw new PortcullisError("USAGE", {
    message: "--client-name says whose certificate counts, but without --client-ca nobody is asked for one.",
    remedy: "Add --client-ca with the authority of the API server's client certificate, or leave it out.",
  });
}
