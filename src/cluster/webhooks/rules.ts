import { compareText } from "../../admission/bound-policy.ts";
import { OPERATIONS } from "../../policy/rule.ts";
import { resourceSetKey, type ResourceCell } from "./resource-cell.ts";
import type { WebhookRule } from "./configuration.ts";

/**
 * As few rules as say exactly these cells: one for each group and set of operations. Every version is named by `*`, so
 * that none is missed; a policy sees the version that the client wrote. The order depends on nothing but the cells.
 */
export function rulesFor(cells: readonly ResourceCell[]): readonly WebhookRule[] {
  const resources = [...Map.groupBy(cells, resourceSetKey).values()].flatMap((operations) => {
    const [first] = operations;
    return first === undefined ? [] : [{ ...first, operations: operationsOf(operations) }];
  });
  const rules = Map.groupBy(resources, ({ group, operations }) => `${group} ${operations.join(",")}`);
  return [...rules]
    .toSorted(([a], [b]) => compareText(a, b))
    .flatMap(([, [first, ...others]]) => {
      if (first === undefined) return [];
      const names = [first, ...others].map(({ resource, subResource }) =>
        subResource === "" ? resource : `${resource}/${subResource}`,
      );
      return [rule(first.group, first.operations, names.toSorted(compareText))];
    });
}

function rule(
  group: string,
  operations: WebhookRule["operations"],
  resources: readonly string[],
): WebhookRule {
  return { apiGroups: [group], apiVersions: ["*"], operations, resources, scope: "*" };
}

/** In the order of `OPERATIONS`. */
function operationsOf(cells: readonly ResourceCell[]): WebhookRule["operations"] {
  const present = new Set(cells.map(({ operation }) => operation));
  return OPERATIONS.filter((operation) => present.has(operation));
}
