import { kindsNamed, qualifiedResource } from "../policy/kinds.ts";
import { PolicyMatch } from "../policy/metadata.ts";
import { OPERATIONS, type Operation } from "../policy/rule.ts";
import type { PolicyPackage } from "./policy-package.ts";
import { comparedValues, testedValues } from "./tested-values.ts";

/** Where each input contract has the kind of the object. */
const KIND_PATHS = new Set([
  "input.kind",
  "input.request.kind.kind",
  "input.request.object.kind",
  "input.review.kind.kind",
  "input.review.object.kind",
]);

/** Where each has the operation. */
export const OPERATION_PATHS = new Set(["input.request.operation", "input.review.operation"]);

/** Operations that a policy sees only if it asks for them. */
const ASKED_FOR: readonly Operation[] = ["DELETE", "CONNECT"];

/**
 * What a policy without `match` is for: the built-in kinds that every one of its rules tests for. Undefined if a rule
 * does not, or tests for a kind that is not built in.
 */
export function inferMatch(policy: PolicyPackage): PolicyMatch | undefined {
  const kinds = testedValues(policy, KIND_PATHS);
  if (kinds === undefined) return undefined;
  const types = [...kinds].map(kindsNamed);
  if (types.some((named) => named.length === 0)) return undefined;
  return PolicyMatch.parse({ resources: [...new Set(types.flat().map(qualifiedResource))].sort() });
}

/** The operations that every rule of a policy tests for; undefined if a rule does not, or for one that there is not. */
export function inferOperations(policy: PolicyPackage): Operation[] | undefined {
  const tested = testedValues(policy, OPERATION_PATHS);
  if (tested === undefined) return undefined;
  const known = OPERATIONS.filter((operation) => tested.has(operation));
  return known.length === tested.size ? known : undefined;
}

/** The operations that a rule of the policy tests for and that a policy does not see unless it asks for them. */
export function operationsToAskFor(policy: PolicyPackage): readonly Operation[] {
  const compared = comparedValues(policy, OPERATION_PATHS);
  return ASKED_FOR.filter((operation) => compared.has(operation));
}
