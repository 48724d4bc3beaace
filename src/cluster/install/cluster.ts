import type { ApiAnswer } from "../api/request.ts";
import type { Probe, ProbeEntry } from "../webhooks/probe.ts";
import type { ConfigurationId, WebhookConfiguration, WebhookKind } from "../webhooks/configuration.ts";

/** A webhook configuration as a cluster has it: all of it that can be written back. */
export interface StoredConfiguration {
  readonly apiVersion: "admissionregistration.k8s.io/v1";
  readonly kind: WebhookKind;
  /** With the `uid` that it was read with, it can only be written over this very object, and makes none. */
  readonly metadata: Readonly<Record<string, unknown>> & { readonly name: string; readonly uid?: string };
  readonly webhooks: readonly unknown[];
}

/** What server-side apply takes. */
export type ConfigurationToApply = StoredConfiguration | WebhookConfiguration;

/** How a Service is found: `external` names a host elsewhere, which only a call can tell of. */
export type ServiceState = "ready" | "external" | "no-endpoints" | "missing";

/** What installing needs of a cluster. Every method throws a PortcullisError for an answer that it does not name. */
export interface WebhookCluster {
  readonly version: () => Promise<{ readonly major: number; readonly minor: number }>;
  readonly serviceState: (service: {
    readonly namespace: string;
    readonly name: string;
  }) => Promise<ServiceState>;
  readonly read: (id: ConfigurationId) => Promise<StoredConfiguration | undefined>;
  /**
   * Server-side apply; `force` takes fields over from other managers. Throws WEBHOOKS_CONFLICT where what was read is not
   * there any more. Beside an injector that is asked to write `caBundle`,
   * that stays as it is, as long as it trusts all that the configuration names. `tookOut` hears what is stored where entries
   * had to be taken out first.
   */
  readonly apply: (
    configuration: ConfigurationToApply,
    how: {
      readonly dryRun: boolean;
      readonly force: boolean;
      readonly tookOut?: (stored: StoredConfiguration) => void;
    },
  ) => Promise<StoredConfiguration>;
  readonly remove: (id: ConfigurationId) => Promise<void>;
  /** Pretends to create the object of a probe that is meant for an entry. */
  readonly probe: (probe: Probe, entry: ProbeEntry, namespace: string) => Promise<ApiAnswer>;
}
