import { nameOf } from "../../admission/bound-policy.ts";
import type { MatchablePolicy, Snapshot } from "../../admission/snapshot.ts";
import type { Operation } from "../../policy/rule.ts";
import {
  cellKey,
  intersection,
  isWildcard,
  resourceSetName,
  type ResourceCell,
  type ResourceSet,
} from "./resource-cell.ts";
import { isUnasked } from "./unasked-resource.ts";

/** What the policies of a snapshot want webhooks to be asked about. No cell is in two of the lists. */
export interface Wanted {
  /** Wanted by a policy that denies and whose errors deny: the API server must not go on without an answer. */
  readonly fail: readonly ResourceCell[];
  /** Wanted by other validating policies only. A wildcard here may contain cells of `fail`. */
  readonly ignore: readonly ResourceCell[];
  /** Wanted by `patch` rules. */
  readonly mutate: readonly ResourceCell[];
  /** What a person should know, e.g. a policy that no webhook is asked for. */
  readonly notes: readonly string[];
}

/** Reads from METADATA, narrowed by the bindings, what every policy wants. */
export function wantedBy({ policies }: Pick<Snapshot, "policies">): Wanted {
  const wishes = policies.map(wishOf);
  const cells = (chosen: (wish: Wish) => readonly ResourceCell[]): readonly ResourceCell[] =>
    distinct(wishes.flatMap(chosen));
  const fail = cells((wish) => (wish.blocks ? wish.validate.filter((cell) => !isWildcard(cell)) : []));
  const failing = new Set(fail.map(cellKey));
  return {
    fail,
    ignore: cells(({ validate }) => validate).filter((cell) => !failing.has(cellKey(cell))),
    mutate: cells(({ mutate }) => mutate),
    notes: wishes.flatMap(({ notes }) => notes),
  };
}

/** What one policy under one binding wants. */
interface Wish {
  readonly validate: readonly ResourceCell[];
  readonly mutate: readonly ResourceCell[];
  readonly blocks: boolean;
  readonly notes: readonly string[];
}

function wishOf(policy: MatchablePolicy): Wish {
  const { bound } = policy;
  const resources = resourcesOf(policy);
  const asked = resources.filter((each) => !isUnasked(each));
  const operations = operationsOf(policy);
  const cells = asked.flatMap((each) => operations.map((operation) => ({ ...each, operation })));
  const blocks =
    bound.failurePolicy === "Fail" && bound.groups.some(({ enforcement }) => enforcement === "deny");
  return {
    validate: bound.groups.length === 0 ? [] : cells,
    mutate: bound.policy.entrypoints.patch === undefined ? [] : cells.filter(isPatchable),
    blocks,
    notes: notesOn(nameOf(bound), { resources, blocks }),
  };
}

/** What METADATA and binding both name; nothing, if neither names any. */
function resourcesOf({ understood, narrowed }: MatchablePolicy): readonly ResourceSet[] {
  if (understood === undefined || narrowed === undefined) return (understood ?? narrowed ?? []).map(setOf);
  return understood.flatMap((a) =>
    narrowed.map((b) => intersection(a, b)).filter((both) => both !== undefined),
  );
}

function setOf({ group, resource, subResource }: ResourceSet): ResourceSet {
  return { group, resource, subResource };
}

function operationsOf({ bound }: MatchablePolicy): readonly Operation[] {
  const understood = bound.policy.metadata.match?.operations ?? ["CREATE", "UPDATE"];
  return understood.filter((operation) => bound.match.operations?.includes(operation) ?? true);
}

/** On DELETE and CONNECT a patch is an error of the API server. */
function isPatchable({ operation }: ResourceCell): boolean {
  return operation === "CREATE" || operation === "UPDATE";
}

function notesOn(
  name: string,
  { resources, blocks }: { readonly resources: readonly ResourceSet[]; readonly blocks: boolean },
): readonly string[] {
  if (resources.length === 0) {
    return [
      `${name} does not say which resources it is for, so no webhook is asked about it; name them in METADATA or in a PolicyBinding`,
    ];
  }
  const unasked = resources.filter(isUnasked).map(resourceSetName);
  const wildcards = resources.filter(isWildcard).map(resourceSetName);
  return [
    ...(unasked.length === 0
      ? []
      : [
          `${name} wants ${unasked.join(", ")}, which a control plane must always be able to write: no webhook is asked about them`,
        ]),
    ...(blocks && wildcards.length > 0
      ? [
          `${name} denies on ${wildcards.join(", ")}, but a wildcard is never under failurePolicy Fail: while Portcullis cannot answer, such objects are let in; name the resources in METADATA or in a PolicyBinding`,
        ]
      : []),
  ];
}

function distinct(cells: readonly ResourceCell[]): readonly ResourceCell[] {
  return [...new Map(cells.map((cell) => [cellKey(cell), cell])).values()];
}
