import { messageOf } from "../api/error.ts";
import type { ApiAnswer } from "../api/request.ts";
import { celString } from "../webhooks/cel.ts";
import { dryRunEntry, PROBE } from "../webhooks/probe.ts";
import {
  webhookConfiguration,
  webhookEntry,
  type ConfigurationId,
  type WebhookConfiguration,
  type WebhookKind,
} from "../webhooks/configuration.ts";
import { VALIDATING } from "../webhooks/webhooks.ts";

/*
 * How it can be seen that an API server has heard of a removal: it learns of the configurations of one kind in the order
 * in which they were written. Once it asks a configuration that was made after another was deleted, it no longer asks the
 * other one.
 */

/** Nobody listens there, so every call fails at once. It shows as an error because the entry is under `Fail`. */
const NOWHERE = { url: "https://localhost:1", caBundle: undefined };

/** There in every cluster; nothing is written to it. */
export const PROBED_NAMESPACE = "default";

/** One for each kind: the API server calls mutating webhooks first, and the answers must be told apart. */
const ENTRIES: Readonly<Record<WebhookKind, string>> = {
  MutatingWebhookConfiguration: "mutation-removed",
  ValidatingWebhookConfiguration: "validation-removed",
};

/** Asked about nothing but one dry run, so that one that is left behind holds up nobody. */
export const REMOVAL_PROBE = "portcullis-removal-probe";

/** The names of all webhook configurations that Portcullis makes, of either kind. */
export const OWN_CONFIGURATIONS: ReadonlySet<string> = new Set([VALIDATING.name, PROBE.name, REMOVAL_PROBE]);

export interface RemovalProbe {
  readonly id: ConfigurationId;
  /** Its one entry is asked about nothing but dry runs of one ConfigMap, so it holds up nobody. */
  readonly configuration: WebhookConfiguration;
  /** What the entry is asked about; only ever sent as a dry run. */
  readonly object: Readonly<Record<string, unknown>>;
}

/** `run` is told apart from all others: one that was killed may have left a probe that is still asked. */
export function removalProbe(kind: WebhookKind, run: string): RemovalProbe {
  const id = { kind, name: REMOVAL_PROBE };
  const name = `portcullis-${ENTRIES[kind]}-${run}`;
  const ownObject = {
    name: "own-object",
    expression: `has(object.metadata.name) && object.metadata.name == ${celString(name)}`,
  };
  const entry = webhookEntry(
    dryRunEntry(`${ENTRIES[kind]}.portcullis.dev`, PROBED_NAMESPACE, [ownObject]),
    NOWHERE,
    kind === "MutatingWebhookConfiguration" ? "/mutate" : "/validate",
  );
  return {
    id,
    configuration: webhookConfiguration(id, [entry]),
    object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: PROBED_NAMESPACE } },
  };
}

/** Whether the API server asked the entry; `unclear` if it took the object for other reasons neither in nor out. */
export function removalVerdict(kind: WebhookKind, answer: ApiAnswer): "asked" | "not-asked" | "unclear" {
  if (messageOf(answer).includes(`failed calling webhook "${ENTRIES[kind]}.portcullis.dev"`)) return "asked";
  return answer.code === 201 ? "not-asked" : "unclear";
}
