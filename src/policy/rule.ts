/** The rules that find violations, in the order in which they are evaluated. */
export const VALIDATION_RULES = ["deny", "violation", "warn"] as const;
export type ValidationRule = (typeof VALIDATION_RULES)[number];

/** The rules that a policy may define. */
export const RULES = [...VALIDATION_RULES, "patch"] as const;
export type Rule = (typeof RULES)[number];

export const ENFORCEMENTS = ["deny", "warn", "audit"] as const;
export type Enforcement = (typeof ENFORCEMENTS)[number];

export const FAILURE_POLICIES = ["Fail", "Ignore"] as const;
export type FailurePolicy = (typeof FAILURE_POLICIES)[number];

/** What an UPDATE is denied for: what the old object did not have, or everything. */
export const UPDATES = ["new-violations-only", "all-violations"] as const;
export type Updates = (typeof UPDATES)[number];

/** From the most to the least severe: findings are listed in this order. */
export const SEVERITIES = ["critical", "high", "medium", "low"] as const;
export type Severity = (typeof SEVERITIES)[number];

export const OPERATIONS = ["CREATE", "UPDATE", "DELETE", "CONNECT"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** The three shapes of `input` (DESIGN section 4); one file each under `policy/input/`. */
export const INPUT_CONTRACTS = ["admission", "object", "gatekeeper"] as const;
export type InputContract = (typeof INPUT_CONTRACTS)[number];
