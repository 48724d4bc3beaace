import type { Exclusions } from "../policy/binding.ts";
import { formatFieldPath } from "../policy/field-path.ts";
import type { JsonObject } from "../policy/json.ts";
import { builtInPass, builtInViolation } from "./built-in.ts";
import type { Outcome } from "./outcome.ts";
import type { AdmissionRequest } from "./request.ts";
import { labelsOf } from "./selector.ts";

/**
 * The label of `exclusions` takes a namespace out of every policy, so who may label namespaces could switch policies
 * off. Only members of the allowed groups may set or remove it, also where the namespace or the user is excluded.
 * Every subresource counts: the API server takes labels with `namespaces/status` and `namespaces/finalize`, too.
 * Empty if the request leaves the label as it was.
 */
export function exemptionGuard(
  request: AdmissionRequest,
  { namespaceLabel, namespaceLabelGroups }: Exclusions["spec"],
): readonly Outcome[] {
  const { operation, resource, userInfo } = request;
  if (resource.resource !== "namespaces" || resource.group !== "") return [];
  if (operation !== "CREATE" && operation !== "UPDATE") return [];
  // Objects are parsed when they are first looked at, and most requests are about no namespace.
  const [before, after] = [request.oldObject, request.object].map((version) =>
    isExempt(version, namespaceLabel),
  );
  if (before === after) return [];
  if (userInfo.groups.some((group) => namespaceLabelGroups.includes(group))) return [builtInPass(ID)];
  const groups = namespaceLabelGroups.join(", ");
  return [
    builtInViolation(ID, {
      message: `the label ${namespaceLabel} takes a namespace out of all policies; only members of ${groups} may ${after === true ? "set" : "remove"} it`,
      field: formatFieldPath(["metadata", "labels", namespaceLabel]),
      remediation: `Leave the label as it is, or ask a member of ${groups}.`,
    }),
  ];
}

const ID = "portcullis/exemption-guard";

function isExempt(namespace: JsonObject | null | undefined, label: string): boolean {
  return Object.hasOwn(labelsOf(namespace) ?? {}, label);
}
