import { PortcullisError } from "../error.ts";
import type { LabelSelector } from "../policy/binding.ts";
import type { BoundPolicy } from "./bound-policy.ts";
import type { Exclusion } from "./decision.ts";
import { globMatches } from "./glob.ts";
import { resourceName, type AdmissionRequest } from "./request.ts";
import { resourceKey, type ResourcePattern } from "./resource-pattern.ts";
import { labelsOf, labelTexts, requirementTexts, selectorKeys, selects } from "./selector.ts";
import { ANY_RESOURCE, type MatchablePolicy, type Snapshot } from "./snapshot.ts";

/** Which criterion did not fit, with both sides: what was wanted and what the request has. */
interface Mismatch {
  readonly criterion:
    | "resources"
    | "operations"
    | "namespaces"
    | "excludedNamespaces"
    | "namespaceSelector"
    | "objectSelector"
    | "users"
    | "groups";
  readonly wanted: readonly string[];
  readonly found: readonly string[];
}

/** Whether a policy under a binding applies to a request. `unknown`: it cannot be told, which is a policy error. */
export type Match =
  | { readonly kind: "match" }
  | { readonly kind: "no-match"; readonly reason: Mismatch }
  | { readonly kind: "unknown"; readonly error: PortcullisError };

export interface PolicyMatch {
  readonly bound: BoundPolicy;
  readonly match: Match;
}

const MATCH: Match = { kind: "match" };
/** The API server sets this label on every namespace, so a selector on it alone needs no Namespace object. */
const NAME_LABEL = "kubernetes.io/metadata.name";

/** The policies that apply to a request, or that may apply for all one can tell, in the order in which they run. */
export function matchingPolicies(request: AdmissionRequest, snapshot: Snapshot): readonly PolicyMatch[] {
  const candidates =
    snapshot.byResource.get(resourceKey(request)) ?? snapshot.byResource.get(ANY_RESOURCE) ?? [];
  const matches: PolicyMatch[] = [];
  for (const policy of candidates) {
    const match = matchPolicy(policy, request, snapshot);
    if (match.kind !== "no-match") matches.push({ bound: policy.bound, match });
  }
  return matches;
}

/** Tests one policy under its binding; the one list of criteria. */
export function matchPolicy(policy: MatchablePolicy, request: AdmissionRequest, snapshot: Snapshot): Match {
  const reason =
    resourceMismatch(policy, request) ??
    operationMismatch(policy, request) ??
    bindingMismatch(policy, request);
  if (reason !== undefined) return { kind: "no-match", reason };
  return matchNamespaceSelector(policy, request, snapshot);
}

/** Why a request is not looked at at all, or undefined. The label needs the Namespace object: unknown is not excluded. */
export function exclusionOf(request: AdmissionRequest, snapshot: Snapshot): Exclusion | undefined {
  const { namespaces, users, namespaceLabel } = snapshot.exclusions;
  const { namespace, userInfo } = request;
  if (users.includes(userInfo.username)) return { kind: "user", user: userInfo.username };
  if (namespace === "") return undefined;
  const pattern = namespaces.find((candidate) => globMatches(candidate, namespace));
  if (pattern !== undefined) return { kind: "namespace", namespace, pattern };
  const labels = snapshot.namespaces.get(namespace)?.labels;
  if (isNamespace(request) || labels === undefined || !Object.hasOwn(labels, namespaceLabel))
    return undefined;
  return { kind: "namespace-label", namespace, label: namespaceLabel };
}

function resourceMismatch(
  { understood, narrowed }: MatchablePolicy,
  request: AdmissionRequest,
): Mismatch | undefined {
  const isListed = understood !== undefined || narrowed !== undefined;
  const failing = [understood, narrowed].find((patterns) => !isFitting(patterns, request));
  if (isListed && failing === undefined) return undefined;
  return {
    criterion: "resources",
    wanted: (failing ?? []).map(({ text }) => text),
    found: [resourceName(request)],
  };
}

function isFitting(patterns: readonly ResourcePattern[] | undefined, request: AdmissionRequest): boolean {
  return patterns === undefined || patterns.some((pattern) => pattern.matches(request));
}

function operationMismatch(
  { bound }: MatchablePolicy,
  { operation }: AdmissionRequest,
): Mismatch | undefined {
  const understood = bound.policy.metadata.match?.operations ?? ["CREATE", "UPDATE"];
  return (
    mismatch("operations", understood, [operation]) ??
    mismatch("operations", bound.match.operations, [operation])
  );
}

function bindingMismatch({ bound }: MatchablePolicy, request: AdmissionRequest): Mismatch | undefined {
  const { namespaces, excludedNamespaces, objectSelector, users, groups } = bound.match;
  const { namespace, userInfo } = request;
  if (namespaces !== undefined && !namespaces.some((pattern) => globMatches(pattern, namespace))) {
    return { criterion: "namespaces", wanted: namespaces, found: [namespace] };
  }
  if (namespace !== "" && excludedNamespaces.some((pattern) => globMatches(pattern, namespace))) {
    return { criterion: "excludedNamespaces", wanted: excludedNamespaces, found: [namespace] };
  }
  return (
    objectSelectorMismatch(objectSelector, request) ??
    mismatch("users", users, [userInfo.username]) ??
    mismatch("groups", groups, userInfo.groups)
  );
}

/** As the API server's own objectSelector: the object or the old object. */
function objectSelectorMismatch(
  selector: LabelSelector | undefined,
  request: AdmissionRequest,
): Mismatch | undefined {
  if (selector === undefined) return undefined;
  const labels = [request.object, request.oldObject].filter((candidate) => candidate !== null).map(labelsOf);
  if (labels.some((candidate) => selects(selector, candidate))) return undefined;
  return {
    criterion: "objectSelector",
    wanted: requirementTexts(selector),
    found: [...new Set(labels.flatMap(labelTexts))],
  };
}

function mismatch(
  criterion: Mismatch["criterion"],
  wanted: readonly string[] | undefined,
  found: readonly string[],
): Mismatch | undefined {
  return wanted === undefined || found.some((value) => wanted.includes(value))
    ? undefined
    : { criterion, wanted, found };
}

/** As the API server: cluster-scoped objects always fit; a Namespace is tested on its own labels. */
function matchNamespaceSelector(
  { bound }: MatchablePolicy,
  request: AdmissionRequest,
  snapshot: Snapshot,
): Match {
  const selector = bound.match.namespaceSelector;
  if (selector === undefined || request.namespace === "") return MATCH;
  const known = isNamespace(request)
    ? { labels: labelsOf(request.object ?? request.oldObject) }
    : snapshot.namespaces.get(request.namespace);
  if (known === undefined && selectorKeys(selector).some((key) => key !== NAME_LABEL)) {
    return { kind: "unknown", error: namespaceUnknown(bound, request.namespace) };
  }
  const labels = { ...known?.labels, [NAME_LABEL]: request.namespace };
  if (selects(selector, labels)) return MATCH;
  const [wanted, found] = [requirementTexts(selector), labelTexts(labels)];
  return { kind: "no-match", reason: { criterion: "namespaceSelector", wanted, found } };
}

function isNamespace(request: AdmissionRequest): boolean {
  return request.resource.group === "" && request.resource.resource === "namespaces";
}

function namespaceUnknown(bound: BoundPolicy, namespace: string): PortcullisError {
  return new PortcullisError("NAMESPACE_UNKNOWN", {
    message: `The namespaceSelector of the PolicyBinding ${bound.binding ?? ""} asks for the labels of namespace ${namespace}, which are not known.`,
    remedy: `Give the Namespace ${namespace} with \`--inventory\`, or select by name with ${NAME_LABEL}.`,
  });
}
