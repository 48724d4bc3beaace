import { celString, SUBRESOURCE } from "./cel.ts";
import type { ResourceSet } from "./resource-cell.ts";

/** Resources that no webhook is asked about, and the name of the `matchCondition` that leaves them out. */
interface UnaskedResource extends ResourceSet {
  readonly condition: string;
}

/**
 * What a control plane writes to keep itself alive, and what is never stored. A webhook that cannot answer must not hold
 * up any of it, and namespace selectors do not exempt what is cluster-scoped, so these are left out by resource: nodes
 * that register, the certificates that they ask for, leases, events, checks of who may do what, endpoints, bindings of
 * Pods to nodes, and status. `*` stands for anything, here also as a subresource.
 */
const UNASKED_RESOURCES: readonly UnaskedResource[] = [
  unasked("nodes", "", "nodes", ""),
  unasked("certificate-signing-requests", "certificates.k8s.io", "certificatesigningrequests", "*"),
  unasked("leases", "coordination.k8s.io", "*", "*"),
  unasked("events", "", "events", "*"),
  unasked("events", "events.k8s.io", "*", "*"),
  unasked("authentication-reviews", "authentication.k8s.io", "*", "*"),
  unasked("access-reviews", "authorization.k8s.io", "*", "*"),
  unasked("endpoints", "", "endpoints", "*"),
  unasked("endpoints", "discovery.k8s.io", "endpointslices", "*"),
  unasked("bindings", "", "bindings", "*"),
  unasked("bindings", "", "pods", "binding"),
  unasked("status", "*", "*", "status"),
];

/** The `matchConditions` that leave these resources out, by name; CEL in which absent members are no error. */
export const UNASKED_CONDITIONS: readonly { readonly name: string; readonly expression: string }[] = [
  ...Map.groupBy(UNASKED_RESOURCES, ({ condition }) => condition),
].map(([name, resources]) => ({
  name: `no-${name}`,
  expression: `!(${resources.map(expressionOf).join(" || ")})`,
}));

/** Whether a webhook would never be asked about any of these resources. */
export function isUnasked({ group, resource, subResource }: ResourceSet): boolean {
  return UNASKED_RESOURCES.some(
    (unaskedResource) =>
      covers(unaskedResource.group, group) &&
      covers(unaskedResource.resource, resource) &&
      covers(unaskedResource.subResource, subResource),
  );
}

function covers(wanted: string, given: string): boolean {
  return wanted === "*" || wanted === given;
}

function expressionOf({ group, resource, subResource }: ResourceSet): string {
  const parts = [
    ...equal("request.resource.group", group),
    ...equal("request.resource.resource", resource),
    ...equal(SUBRESOURCE, subResource),
  ];
  return parts.join(" && ");
}

function equal(member: string, value: string): readonly string[] {
  return value === "*" ? [] : [`${member} == ${celString(value)}`];
}

function unasked(condition: string, group: string, resource: string, subResource: string): UnaskedResource {
  return { condition, group, resource, subResource };
}
