import { recorded } from "./record.ts";
import { probeConfiguration, withProbe, type ProbeEntry } from "../webhooks/probe.ts";
import type { ConfigurationId, WebhookConfiguration, WebhookServer } from "../webhooks/configuration.ts";
import { withoutFail, type GeneratedWebhooks } from "../webhooks/webhooks.ts";

/** What is installed, and where its server is. */
export interface WantedWebhooks extends Pick<GeneratedWebhooks, "validating" | "mutating"> {
  readonly server: WebhookServer;
}

/** One step, and what to tell a person once it is done. A probe goes `through` the configuration that has its entry. */
export type InstallStep = { readonly done?: string } & (
  | { readonly kind: "apply"; readonly configuration: WebhookConfiguration }
  | { readonly kind: "remove"; readonly configuration: WebhookConfiguration }
  | { readonly kind: "probe"; readonly entry: ProbeEntry; readonly through: WebhookConfiguration }
);

/** In their order; after a failure of any, those before it are taken back. Mutation is never under `Fail`. */
export function installSteps({ validating, mutating, server }: WantedWebhooks): readonly InstallStep[] {
  const probe = probeConfiguration(server);
  const proving = recorded(withProbe(withoutFail(validating), server), server);
  return [
    { kind: "apply", configuration: probe },
    { kind: "probe", entry: "server-ready", through: probe, done: "Portcullis answers the API server" },
    { kind: "remove", configuration: probe },
    {
      kind: "apply",
      configuration: proving,
      done: "validation is installed, with failurePolicy Ignore",
    },
    { kind: "apply", configuration: mutating, done: "mutation is installed" },
    {
      kind: "probe",
      entry: "self-probe",
      through: proving,
      done: "self-probe: the known-bad object was denied and the known-good one admitted",
    },
    { kind: "apply", configuration: validating, done: "validation has its own failure policies" },
  ];
}

export function idOf({ kind, metadata }: WebhookConfiguration): ConfigurationId {
  return { kind, name: metadata.name };
}
