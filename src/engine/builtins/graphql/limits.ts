import { CallLimits } from "../call-limits.ts";

/** Steps of one call, which take some tenths of a second: a token, a node looked at, a pair of fields compared. */
const MAX_STEPS = 2 ** 21;

/** The text is no GraphQL, or it is not valid, or OPA itself panics. No message: no result tells why. */
export class InvalidGraphql extends Error {
  override readonly name = "InvalidGraphql";
}

/** What one call may still take: nodes in nodes and fragments in fragments are levels. */
export class Limits extends CallLimits {
  constructor() {
    super(MAX_STEPS, 1);
  }
}

/** What must be there; where OPA would panic for want of it, the document is invalid. */
export function required<T>(value: T | undefined): T {
  if (value === undefined) throw new InvalidGraphql();
  return value;
}

/** One thing that makes a document invalid. */
export function check(isValid: boolean): void {
  if (!isValid) throw new InvalidGraphql();
}
