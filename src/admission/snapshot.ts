import type { InputDocument } from "../engine/index.ts";
import type { Exclusions } from "../policy/binding.ts";
import { sharedDocument } from "../policy/input/documents.ts";
import type { JsonObject } from "../policy/json.ts";
import type { Policy } from "../policy/policy.ts";
import { bindPolicies, type BoundPolicy, type LoadedBinding } from "./bound-policy.ts";
import { parseResourcePattern, type ResourcePattern } from "./resource-pattern.ts";
import { labelsOf } from "./selector.ts";

/** What is known of a namespace. */
export interface NamespaceData {
  readonly labels: JsonObject | undefined;
  /** `input.namespaceObject`. */
  readonly document: InputDocument;
}

/** A bound policy with the parsed form of the resources that it is for; both lists must have a fitting pattern. */
export interface MatchablePolicy {
  readonly bound: BoundPolicy;
  readonly understood: readonly ResourcePattern[] | undefined;
  readonly narrowed: readonly ResourcePattern[] | undefined;
}

/**
 * Everything that a decision depends on besides the request: one immutable value, swapped whole. It holds no time and
 * no effects. `byResource` is the index that keeps the cost of a request independent of the policies that do not match.
 */
export interface Snapshot {
  readonly revision: string;
  readonly policies: readonly MatchablePolicy[];
  /** Candidates by `resource.group` without subresource; of any other resource only those under `*` are candidates. */
  readonly byResource: ReadonlyMap<string, readonly MatchablePolicy[]>;
  readonly exclusions: Exclusions["spec"];
  readonly namespaces: ReadonlyMap<string, NamespaceData>;
}

/** What a snapshot is made from. */
export interface SnapshotSources {
  readonly revision: string;
  readonly policies: readonly Policy[];
  readonly bindings: readonly LoadedBinding[];
  readonly exclusions: Exclusions["spec"];
  readonly namespaces: ReadonlyMap<string, NamespaceData>;
}

/** The key under which the index holds policies with a wildcard for the resource or its group. */
export const ANY_RESOURCE = "*";

/** Throws what `bindPolicies` throws. */
export function createSnapshot(sources: SnapshotSources): Snapshot {
  const policies = bindPolicies(sources.policies, sources.bindings).map(matchable);
  const { revision, exclusions, namespaces } = sources;
  return { revision, policies, byResource: indexByResource(policies), exclusions, namespaces };
}

/** A Namespace manifest as the snapshot keeps it. `text` is its exact JSON. */
export function namespaceData(object: JsonObject, text: string): NamespaceData {
  return { labels: labelsOf(object), document: sharedDocument(text) };
}

function matchable(bound: BoundPolicy): MatchablePolicy {
  return {
    bound,
    understood: bound.policy.metadata.match?.resources.map(parseResourcePattern),
    narrowed: bound.match.resources?.map(parseResourcePattern),
  };
}

function indexByResource(
  policies: readonly MatchablePolicy[],
): ReadonlyMap<string, readonly MatchablePolicy[]> {
  const keysOf = ({ understood, narrowed }: MatchablePolicy): ReadonlySet<string> =>
    new Set((understood ?? narrowed ?? []).map(({ key }) => key));
  const keys = new Set(policies.flatMap((policy) => [...keysOf(policy)]));
  return new Map(
    [...keys, ANY_RESOURCE].map((key) => [
      key,
      policies.filter((policy) => keysOf(policy).has(key) || keysOf(policy).has(ANY_RESOURCE)),
    ]),
  );
}
