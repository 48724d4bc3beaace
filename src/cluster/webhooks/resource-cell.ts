import type { ResourcePattern } from "../../admission/resource-pattern.ts";
import type { Operation } from "../../policy/rule.ts";

/** Resources as a webhook's rule names them; `*` stands for every resource, or for every group. */
export type ResourceSet = Pick<ResourcePattern, "group" | "resource" | "subResource">;

/** One operation on resources: the smallest thing that a webhook can be asked about. */
export interface ResourceCell extends ResourceSet {
  readonly operation: Operation;
}

/** `apps/deployments/scale UPDATE`: the same for equal cells, and the order in which they are written. */
export function cellKey({ operation, ...resources }: ResourceCell): string {
  return `${resourceSetKey(resources)} ${operation}`;
}

export function resourceSetKey({ group, resource, subResource }: ResourceSet): string {
  return `${group}/${resource}/${subResource}`;
}

export function isWildcard({ resource }: ResourceSet): boolean {
  return resource === "*";
}

/** Whether everything that `inner` stands for is in `outer`. */
export function contains(outer: ResourceSet, inner: ResourceSet): boolean {
  return (
    outer.subResource === inner.subResource &&
    (outer.resource === "*" || outer.resource === inner.resource) &&
    (outer.group === "*" || outer.group === inner.group)
  );
}

/** What is in both, or undefined. */
export function intersection(a: ResourceSet, b: ResourceSet): ResourceSet | undefined {
  const group = narrower(a.group, b.group);
  const resource = narrower(a.resource, b.resource);
  if (group === undefined || resource === undefined || a.subResource !== b.subResource) return undefined;
  return { group, resource, subResource: a.subResource };
}

function narrower(a: string, b: string): string | undefined {
  if (a === "*") return b;
  return b === "*" || a === b ? a : undefined;
}

/** As METADATA names it: `deployments.apps/scale`. */
export function resourceSetName({ group, resource, subResource }: ResourceSet): string {
  const name = group === "" || (group === "*" && resource === "*") ? resource : `${resource}.${group}`;
  return subResource === "" ? name : `${name}/${subResource}`;
}
