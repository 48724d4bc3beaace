import { compareText } from "../../admission/bound-policy.ts";
import type { Exclusions } from "../../policy/binding.ts";
import { OPERATIONS } from "../../policy/rule.ts";
import { celList, celString, SUBRESOURCE } from "./cel.ts";
import { resourceSetKey, type ResourceCell } from "./resource-cell.ts";
import type { MatchCondition, NamespaceSelector, WebhookServer } from "./configuration.ts";

/** The API server sets this label on every namespace. */
const NAME_LABEL = "kubernetes.io/metadata.name";

/**
 * The namespaces that an entry is for. Besides the excluded ones, the server's own is left out: Portcullis must be able
 * to start again when nobody answers. `exempt` adds the exemption label, which must not be asked of Namespaces.
 */
export function exclusionSelector(
  { namespaces, namespaceLabel }: Exclusions["spec"],
  server: WebhookServer,
  { exempt }: { readonly exempt: boolean },
): NamespaceSelector {
  const own = "service" in server ? [server.service.namespace] : [];
  const names = [...new Set([...namespaces.filter((name) => !isGlob(name)), ...own])].toSorted(compareText);
  const matchExpressions = [
    ...(names.length === 0 ? [] : [{ key: NAME_LABEL, operator: "NotIn" as const, values: names }]),
    ...(exempt ? [{ key: namespaceLabel, operator: "DoesNotExist" as const }] : []),
  ];
  return matchExpressions.length === 0 ? {} : { matchExpressions };
}

/** A selector knows no patterns: those of the exclusions become a condition on the namespace's name. */
export function globConditions({ namespaces }: Exclusions["spec"]): readonly MatchCondition[] {
  const patterns = namespaces.filter(isGlob).toSorted(compareText);
  if (patterns.length === 0) return [];
  const alternatives = patterns.map((glob) => glob.replaceAll(".", "[.]").replaceAll("*", ".*"));
  const regex = celString(`^(${alternatives.join("|")})$`);
  return [
    {
      name: "no-excluded-namespaces",
      expression: `!has(request.namespace) || !request.namespace.matches(${regex})`,
    },
  ];
}

function isGlob(name: string): boolean {
  return name.includes("*");
}

/** For wildcards: Namespaces have an entry of their own. */
export const NO_NAMESPACES: MatchCondition = {
  name: "no-namespaces",
  expression: "!(request.resource.group == '' && request.resource.resource == 'namespaces')",
};

/** For wildcards: what another entry is asked about already. */
export function noneOf(cells: readonly ResourceCell[]): readonly MatchCondition[] {
  const parts = OPERATIONS.flatMap((operation) => {
    const keys = cells.filter((cell) => cell.operation === operation).map(resourceSetKey);
    if (keys.length === 0) return [];
    const list = celList(keys.toSorted(compareText));
    return [`request.operation == ${celString(operation)} && ${REQUEST_KEY} in ${list}`];
  });
  return parts.length === 0 ? [] : [{ name: "not-by-validate-fail", expression: `!(${parts.join(" || ")})` }];
}

/** CEL for `resourceSetKey` of the request. */
const REQUEST_KEY = `(request.resource.group + '/' + request.resource.resource + '/' + ${SUBRESOURCE})`;
