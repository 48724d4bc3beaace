import { SELF_PROBE_ANNOTATION } from "../../admission/self-probe.ts";
import { stringMember, type JsonObject } from "../../policy/json.ts";
import { messageOf } from "../api/error.ts";
import { celString } from "./cel.ts";
import type { ApiAnswer } from "../api/request.ts";
import {
  webhookConfiguration,
  webhookEntry,
  type MatchCondition,
  type WebhookConfiguration,
  type WebhookEntry,
  type WebhookServer,
} from "./configuration.ts";

/** The answers that the self-probe asks for. */
export type Probe = "deny" | "allow";

/** The entries through which it asks: that of a configuration of its own, and that in the real one. */
export type ProbeEntry = "server-ready" | "self-probe";

/** Where the probe's ConfigMaps are pretended to be written. */
export function probeNamespace(server: WebhookServer): string {
  return "service" in server ? server.service.namespace : "default";
}

/** The known-bad and the known-good object for an entry; only ever sent as a dry run. */
export function probeObject(
  probe: Probe,
  entry: ProbeEntry,
  namespace: string,
): Readonly<Record<string, unknown>> {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: `${objectPrefix(entry)}${probe}`,
      namespace,
      annotations: { [SELF_PROBE_ANNOTATION]: probe },
    },
  };
}

/**
 * Proves the way to the server before anything is changed that is in use. Its one entry is asked about nothing but the
 * probe's dry runs, so `Fail` holds up nobody, and an error on the way becomes a text that can be shown.
 */
export function probeConfiguration(server: WebhookServer): WebhookConfiguration {
  return webhookConfiguration(PROBE, [probeEntry("server-ready", server)]);
}

export const PROBE = { kind: "ValidatingWebhookConfiguration", name: "portcullis-self-probe" } as const;

/** One more entry for as long as a configuration is new: the API server reads all entries of one at the same time. */
export function withProbe(configuration: WebhookConfiguration, server: WebhookServer): WebhookConfiguration {
  return { ...configuration, webhooks: [...configuration.webhooks, probeEntry("self-probe", server)] };
}

/** Whether a configuration still has the entry of `withProbe`. */
export function hasProbe(webhooks: readonly JsonObject[]): boolean {
  return webhooks.some(isProbe);
}

/** Whether it is that entry: under `Fail`, and yet nothing waits for it but dry runs of the probe. */
export function isProbe(entry: JsonObject): boolean {
  return stringMember(entry, "name") === fullName("self-probe");
}

function probeEntry(name: ProbeEntry, server: WebhookServer): WebhookEntry {
  const conditions = [
    {
      name: "self-probe",
      expression: `has(object.metadata.annotations) && ${celString(SELF_PROBE_ANNOTATION)} in object.metadata.annotations`,
    },
    // The other entry may be there, too: left behind by a run that was killed, and without a server by now.
    {
      name: "own-object",
      expression: `has(object.metadata.name) && object.metadata.name.startsWith(${celString(objectPrefix(name))})`,
    },
  ];
  return webhookEntry(dryRunEntry(fullName(name), probeNamespace(server), conditions), server, "/validate");
}

/** Asked about nothing but dry runs of ConfigMaps of one namespace, so it holds up nobody though it is under `Fail`. */
export function dryRunEntry(
  name: string,
  namespace: string,
  conditions: readonly MatchCondition[],
): Parameters<typeof webhookEntry>[0] {
  return {
    name,
    rules: [
      {
        apiGroups: [""],
        apiVersions: ["v1"],
        operations: ["CREATE"],
        resources: ["configmaps"],
        scope: "*",
      },
    ],
    failurePolicy: "Fail",
    namespaceSelector: {
      matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: [namespace] }],
    },
    matchConditions: [
      { name: "dry-run", expression: "has(request.dryRun) && request.dryRun" },
      ...conditions,
    ],
  };
}

function fullName(name: ProbeEntry): string {
  return `${name}.portcullis.dev`;
}

/** How the objects are called that an entry is asked about. */
function objectPrefix(entry: ProbeEntry): string {
  return `portcullis-${entry}-`;
}

/** What an answer to a probe proves. `not-asked` and `not-yet` may pass by itself, `failed` will not. */
export type ProbeVerdict =
  | { readonly kind: "proved" }
  | { readonly kind: "not-asked" | "not-yet"; readonly reason: string }
  | { readonly kind: "failed"; readonly answer: ApiAnswer };

const DENIED = byEntries((name) => `admission webhook "${name}" denied the request`);
const NOT_CALLED = byEntries((name) => `failed calling webhook "${name}"`);

function byEntries(text: (name: string) => string): readonly string[] {
  return (["server-ready", "self-probe"] as const).map((entry) => text(fullName(entry)));
}

/**
 * Reads the API server's answer (k8s.io/apiserver, webhook/errors and webhook/validating). Either entry may give it: one
 * that an earlier version left behind is asked about the objects of both.
 */
export function probeVerdict(probe: Probe, answer: ApiAnswer): ProbeVerdict {
  const message = messageOf(answer);
  if (DENIED.some((text) => message.includes(text))) {
    return probe === "deny"
      ? { kind: "proved" }
      : { kind: "not-yet", reason: `the known-good object was denied: ${message}` };
  }
  if (NOT_CALLED.some((text) => message.includes(text))) return { kind: "not-yet", reason: message };
  if (answer.code !== 201) return { kind: "failed", answer };
  return probe === "allow"
    ? { kind: "proved" }
    : {
        kind: "not-asked",
        reason:
          "the known-bad object was let in, so the API server does not ask this version of Portcullis (yet)",
      };
}
