import { resourceName, type AdmissionRequest } from "./request.ts";

/** A resource pattern of METADATA or of a binding, taken apart once. */
export interface ResourcePattern {
  readonly text: string;
  /** `pods`, or `deployments.apps`; `*` if resource or group is a wildcard. */
  readonly key: string;
  readonly resource: string;
  readonly group: string;
  readonly subResource: string;
  readonly matches: (request: Pick<AdmissionRequest, "resource" | "subResource">) => boolean;
}

/**
 * Reads `pods`, `deployments.apps`, `pods/exec`, `*`, `*.apps`. A name without a group is a resource of the core
 * group; `*` alone is every resource of every group; a pattern without a subresource never matches a subresource.
 */
export function parseResourcePattern(text: string): ResourcePattern {
  const [name = "", subResource = ""] = text.split("/", 2);
  const dot = name.indexOf(".");
  const resource = dot === -1 ? name : name.slice(0, dot);
  const group = dot === -1 ? "" : name.slice(dot + 1);
  return {
    text,
    key: resource === "*" ? "*" : name,
    resource,
    group: name === "*" ? "*" : group,
    subResource,
    matches: (request) =>
      request.subResource === subResource &&
      (resource === "*" || request.resource.resource === resource) &&
      (name === "*" || request.resource.group === group),
  };
}

/** Whether some request fits both patterns. */
export function overlap(a: ResourcePattern, b: ResourcePattern): boolean {
  return a.subResource === b.subResource && meet(a.resource, b.resource) && meet(a.group, b.group);
}

function meet(left: string, right: string): boolean {
  return left === "*" || right === "*" || left === right;
}

/** The index key of a request: its resource without the subresource. */
export function resourceKey(request: Pick<AdmissionRequest, "resource">): string {
  return resourceName({ resource: request.resource, subResource: "" });
}
