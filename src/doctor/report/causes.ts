import type { FindingId } from "../findings/catalogue.ts";
import type { CheckName, Level } from "../findings/checks.ts";
import type { Finding } from "../findings/finding.ts";

const NO_NAMESPACE = ["namespace-missing", "namespace-terminating"] as const;

const NO_REPLICA = [
  ...NO_NAMESPACE,
  "deployment-missing",
  "pods-refused",
  "image-not-pulled",
  "pod-crashes",
  "pod-unschedulable",
  "pod-not-ready",
] as const;

const NO_LEADER = [...NO_NAMESPACE, "deployment-missing", "no-ready-pod", "permission-missing"] as const;

const NO_WAY = [
  ...NO_NAMESPACE,
  "service-missing",
  "service-port-missing",
  "service-selects-others",
  "no-ready-pod",
] as const;

/**
 * What follows from what: of the findings that are there, the first in the list is the cause. Only what follows as a rule
 * is here; two faults at once, of which one would be taken for the other's cause, come to light one after the other.
 */
export const CAUSES: Readonly<Partial<Record<FindingId, readonly FindingId[]>>> = {
  "pods-refused": ["service-account-missing"],
  // A server without it does not start.
  "pod-crashes": ["client-authority-missing"],
  "pod-not-ready": [
    "crd-missing",
    "permission-missing",
    "binding-invalid",
    "certificate-expired",
    "client-authority-missing",
  ],
  "rollout-stuck": ["pods-refused", "image-not-pulled", "pod-crashes", "pod-unschedulable", "pod-not-ready"],
  "replicas-missing": [
    "pods-refused",
    "image-not-pulled",
    "pod-crashes",
    "pod-unschedulable",
    "pod-not-ready",
  ],
  "no-ready-pod": [...NO_REPLICA, "service-selects-others", "service-port-missing"],
  "permission-missing": NO_NAMESPACE,
  "failure-policy-differs": ["webhooks-contested"],
  "webhook-entry-missing": ["webhooks-contested"],
  "webhook-entry-added": ["webhooks-contested"],
  "webhook-rules-differ": ["webhooks-contested"],
  "webhook-scope-differs": ["webhooks-contested"],
  "webhook-server-differs": ["webhooks-contested"],
  "webhook-field-differs": ["webhooks-contested"],
  "fail-without-server": NO_WAY,
  "secret-missing": [...NO_NAMESPACE, "permission-missing", "lease-missing", "nobody-leads"],
  "lease-missing": NO_LEADER,
  "nobody-leads": NO_LEADER,
  "leader-gone": NO_LEADER,
  "certificate-ends-soon": ["lease-missing", "nobody-leads", "secret-immutable", "permission-missing"],
  "authority-ends-soon": [
    "rotation-stuck",
    "lease-missing",
    "nobody-leads",
    "secret-immutable",
    "permission-missing",
  ],
  "rotation-stuck": ["lease-missing", "nobody-leads", "secret-immutable", "webhooks-not-kept"],
  "ca-bundle-mismatch": ["authority-mismatch"],
  "server-unreachable": [...NO_WAY, "webhook-server-differs", "network-policy-blocks"],
  "server-answers-wrong": ["service-selects-others", "service-port-missing", "webhook-server-differs"],
  "server-not-asked": [
    "webhook-entry-missing",
    "webhook-scope-differs",
    "webhook-rules-differ",
    "webhook-server-differs",
    ...NO_WAY,
    "network-policy-blocks",
  ],
  "certificate-refused": [
    "ca-bundle-missing",
    "ca-bundle-unreadable",
    "ca-bundle-expired",
    "ca-bundle-mismatch",
    "certificate-expired",
    "certificate-not-yet-valid",
    "certificate-wrong-name",
    "authority-expired",
    "webhook-server-differs",
  ],
  "client-certificate-refused": ["client-authority-missing", "client-authority-expired"],
};

/** Of what could not be looked at, by check: what stood in the way. */
const IN_THE_WAY: Readonly<Partial<Record<CheckName, readonly FindingId[]>>> = {
  bindings: ["crd-missing"],
  webhooks: ["binding-invalid"],
  certificate: NO_NAMESPACE,
  leader: NO_NAMESPACE,
  "ca-bundle": [...NO_NAMESPACE, "webhooks-missing"],
  answer: ["webhooks-missing"],
};

/** An API server's words for what somebody may not. */
const FORBIDDEN = / is forbidden: User /;

/** The same findings; each that follows from another one names it. */
export function explained(findings: readonly Finding[]): readonly Finding[] {
  const found = new Set(findings.map(({ id }) => id));
  return findings.map((each) => {
    const follows = causesOf(each).find((id) => found.has(id));
    return follows === undefined ? each : { ...each, follows };
  });
}

/** The kubelet's words, and ours, for a server that runs and is not ready; any others name something that it lacks. */
const PROBE = /\bprobe\b/;

function causesOf({ id, check, message, items = [message] }: Finding): readonly FindingId[] {
  if (id === "pod-not-ready" && !items.every((text) => PROBE.test(text))) return ["client-authority-missing"];
  if (id !== "not-checked") return CAUSES[id] ?? [];
  return FORBIDDEN.test(message) ? ["your-permission-missing"] : (IN_THE_WAY[check] ?? []);
}

const WORST_FIRST: readonly Level[] = ["problem", "unknown", "warning"];

interface Following {
  readonly id: string;
  readonly level: Level;
  readonly follows?: string;
}

/** What to begin with: the cause of the worst that was found. */
export function firstOf<T extends Following>(findings: readonly T[]): T | undefined {
  const worst = WORST_FIRST.flatMap((level) => findings.filter((each) => each.level === level))[0];
  return worst === undefined ? undefined : rootOf(worst, findings);
}

function rootOf<T extends Following>(of: T, findings: readonly T[]): T {
  const cause = findings.find(({ id }) => id === of.follows);
  return cause === undefined ? of : rootOf(cause, findings);
}
