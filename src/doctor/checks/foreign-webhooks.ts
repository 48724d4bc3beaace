import { selects } from "../../admission/selector.ts";
import { OWN_CONFIGURATIONS } from "../../cluster/uninstall/removal-probe.ts";
import { LabelSelector } from "../../policy/binding.ts";
import { stringMember, type JsonObject, type JsonValue } from "../../policy/json.ts";
import type { StoredWebhooks } from "../observe/objects.ts";
import type { Observation } from "../observe/observation.ts";
import { rulesCover } from "./rule-cells.ts";

/** Another's webhook without which Portcullis cannot start or go on. */
export interface ForeignBlocker {
  readonly configuration: string;
  readonly entry: string;
  /** e.g. `new Pods`. */
  readonly blocks: readonly string[];
  /** Whether CEL, which is not evaluated here, may leave them out. */
  readonly isConditional: boolean;
}

/** What must be written in the namespace for Portcullis to run. */
const NEEDED = [
  { text: "new Pods", operation: "CREATE", group: "", resource: "pods", isPod: true },
  { text: "its Lease", operation: "UPDATE", group: "coordination.k8s.io", resource: "leases", isPod: false },
  { text: "its Secret", operation: "UPDATE", group: "", resource: "secrets", isPod: false },
] as const;

/** The entries under Fail that are asked about what Portcullis needs, as far as rules and selectors tell. */
export function foreignBlockers(
  configurations: readonly StoredWebhooks[],
  observation: Pick<Observation, "namespace" | "service" | "deployment">,
): readonly ForeignBlocker[] {
  const labels = namespaceLabels(observation);
  const pod = podLabels(observation);
  return configurations
    .filter(({ metadata: { name } }) => !OWN_CONFIGURATIONS.has(name))
    .flatMap(({ metadata, webhooks }) =>
      webhooks
        .filter((entry) => stringMember(entry, "failurePolicy") !== "Ignore")
        .filter((entry) => maySelect(entry["namespaceSelector"], labels))
        .map((entry) => blockerOf(metadata.name, entry, pod))
        .filter(({ blocks }) => blocks.length > 0),
    );
}

function blockerOf(configuration: string, entry: JsonObject, pod: JsonObject | undefined): ForeignBlocker {
  const { matchConditions, objectSelector, rules } = entry;
  const blocks = NEEDED.filter((needed) => rulesCover(rules, needed))
    // The labels of its Secret and its Lease are not worth telling apart from none.
    .filter(({ isPod }) => maySelect(objectSelector, isPod ? pod : {}))
    .map(({ text }) => text);
  return {
    configuration,
    entry: stringMember(entry, "name") ?? "",
    blocks,
    isConditional: Array.isArray(matchConditions) && matchConditions.length > 0,
  };
}

/** A selector that cannot be read, or labels that are not known, may select. */
function maySelect(selector: JsonValue | undefined, labels: JsonObject | undefined): boolean {
  const read = LabelSelector.safeParse(selector ?? {});
  return !read.success || labels === undefined || selects(read.data, labels);
}

function namespaceLabels({
  namespace,
  service,
}: Pick<Observation, "namespace" | "service">): JsonObject | undefined {
  // Set by the API server on every namespace.
  const own = { "kubernetes.io/metadata.name": service.namespace };
  return namespace.kind === "seen" ? { ...namespace.value.metadata.labels, ...own } : undefined;
}

function podLabels({ deployment }: Pick<Observation, "deployment">): JsonObject | undefined {
  return deployment.kind === "seen" ? deployment.value.spec.template.metadata.labels : undefined;
}
