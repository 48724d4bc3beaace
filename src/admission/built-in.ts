import type { Enforcement, FailurePolicy } from "../policy/rule.ts";
import type { Finding, Outcome } from "./outcome.ts";

/**
 * What Portcullis itself checks, whatever the bundle holds. Each has an id in the form of a policy's, so that messages,
 * metrics and logs name it as they name policies.
 */
export const BUILT_IN_IDS = ["portcullis/exemption-guard", "portcullis/self-probe"] as const;
type BuiltIn = (typeof BUILT_IN_IDS)[number];

const ENFORCED: {
  readonly enforcement: Enforcement;
  readonly failurePolicy: FailurePolicy;
  readonly binding: undefined;
  readonly seconds: number;
} = { enforcement: "deny", failurePolicy: "Fail", binding: undefined, seconds: 0 };

export function builtInPass(policy: BuiltIn): Outcome {
  return { ...ENFORCED, policy, kind: "pass" };
}

export function builtInViolation(
  policy: BuiltIn,
  found: Pick<Finding, "message" | "field" | "remediation">,
): Outcome {
  const finding: Finding = {
    ...found,
    policy,
    rule: "deny",
    enforcement: "deny",
    severity: "critical",
    details: undefined,
  };
  return { ...ENFORCED, policy, kind: "violation", findings: [finding] };
}
