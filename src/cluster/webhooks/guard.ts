import { SELF_PROBE_ANNOTATION } from "../../admission/self-probe.ts";
import type { Exclusions } from "../../policy/binding.ts";
import { celList, celString } from "./cel.ts";
import type { WebhookEntry, WebhookRule } from "./configuration.ts";

/** The name of its entry. */
export const GUARD = "exemption-guard.portcullis.dev";

/** The operations and resources through which a namespace's labels can be written. */
const RULES: readonly WebhookRule[] = [
  {
    apiGroups: [""],
    apiVersions: ["*"],
    operations: ["CREATE", "UPDATE"],
    resources: ["namespaces", "namespaces/finalize", "namespaces/status"],
    scope: "*",
  },
];

/**
 * The entry through which the exemption label is guarded (`admission/exemption-guard.ts`). It has no selector: for a
 * Namespace the API server tests the incoming labels, so who sets the label would be let through by it. It is under
 * `Fail`, and asked only when the label comes or goes, so that a cluster without Portcullis can still make namespaces.
 * Members of the allowed groups are not asked about: with the label they can free a namespace while nobody answers. The
 * one thing more is the self-probe, a dry run, by whoever sends it: it shows that the API server gets answers, and why not.
 */
export function guardWebhook(
  exclusions: Exclusions["spec"],
): Pick<WebhookEntry, "name" | "rules" | "failurePolicy" | "namespaceSelector" | "matchConditions"> {
  return {
    name: GUARD,
    rules: RULES,
    failurePolicy: "Fail",
    namespaceSelector: {},
    matchConditions: [
      { name: "exemption-changes", expression: `${IS_SELF_PROBE} || ${exemptionChanges(exclusions)}` },
      { name: "not-by-allowed-groups", expression: `${IS_SELF_PROBE} || !${byAllowedGroups(exclusions)}` },
    ],
  };
}

/** CEL: that the guard's entry, which has every policy evaluated as others have, is not asked about a Namespace. */
export function notAskedByGuard(exclusions: Exclusions["spec"]): string {
  return `!(request.operation in ['CREATE', 'UPDATE'] && (${IS_SELF_PROBE} || ((${exemptionChanges(exclusions)}) && !${byAllowedGroups(exclusions)})))`;
}

/** CEL: a dry run that asks for a certain answer (`admission/self-probe.ts`). */
const IS_SELF_PROBE = `(request.operation == 'CREATE' && has(request.dryRun) && request.dryRun && object != null && has(object.metadata.annotations) && ${celString(SELF_PROBE_ANNOTATION)} in object.metadata.annotations)`;

function exemptionChanges({ namespaceLabel }: Exclusions["spec"]): string {
  const has = (object: string): string =>
    `(${object} != null && has(${object}.metadata.labels) && ${celString(namespaceLabel)} in ${object}.metadata.labels)`;
  return `${has("object")} != ${has("oldObject")}`;
}

function byAllowedGroups({ namespaceLabelGroups }: Exclusions["spec"]): string {
  return `(has(request.userInfo.groups) && request.userInfo.groups.exists(group, group in ${celList(namespaceLabelGroups)}))`;
}
