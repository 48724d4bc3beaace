import { RegoNumber, RegoObject, RegoSet, type RegoValue } from "../engine/index.ts";
import { PortcullisError } from "../error.ts";

/** One element of a policy's `deny`, `violation` or `warn` set. */
export interface Violation {
  readonly message: string;
  readonly field: string | undefined;
  readonly details: RegoValue | undefined;
  readonly remediation: string | undefined;
}

/** What a rule gave: its violations, and the first thing in it that is none. */
export interface Violations {
  readonly violations: readonly Violation[];
  readonly error: PortcullisError | undefined;
}

/**
 * Reads the value of a rule: a set of strings, or of objects with `msg` or `message` and optionally `field`,
 * `details`, `remediation`; undefined is the empty set. A value that is no violation is a RESULT_SHAPE error; it hides
 * no violation beside it.
 */
export function readViolations(value: RegoValue | undefined, rule: string): Violations {
  if (value === undefined) return { violations: [], error: undefined };
  if (!(value instanceof RegoSet)) {
    return { violations: [], error: shapeError(rule, `it is ${typeName(value)}, not a set`) };
  }
  const violations: Violation[] = [];
  let error: PortcullisError | undefined;
  for (const item of value.items) {
    const read = readViolation(item, rule);
    if (read instanceof PortcullisError) error ??= read;
    else violations.push(read);
  }
  return { violations, error };
}

function readViolation(item: RegoValue, rule: string): Violation | PortcullisError {
  if (typeof item === "string") {
    return { message: item, field: undefined, details: undefined, remediation: undefined };
  }
  if (!(item instanceof RegoObject)) return shapeError(rule, `it holds ${typeName(item)}`);
  const wrong = TEXT_KEYS.find((key) => typeof (item.get(key) ?? "") !== "string" || item.get(key) === null);
  if (wrong !== undefined) {
    return shapeError(rule, `\`${wrong}\` is ${typeName(item.get(wrong) ?? null)}, not a string`);
  }
  const message = text(item, "msg") ?? text(item, "message");
  if (message === undefined) return shapeError(rule, "it holds an object without `msg`");
  return {
    message,
    field: text(item, "field"),
    details: item.get("details"),
    remediation: text(item, "remediation"),
  };
}

const TEXT_KEYS = ["msg", "message", "field", "remediation"] as const;

function text(item: RegoObject, key: (typeof TEXT_KEYS)[number]): string | undefined {
  const value = item.get(key);
  return typeof value === "string" ? value : undefined;
}

/** What a value is, in words; never the value, which may be a secret. */
export function typeName(value: RegoValue): string {
  if (value === null) return "null";
  if (value instanceof RegoNumber) return "a number";
  if (value instanceof RegoSet) return "a set";
  if (value instanceof RegoObject) return "an object";
  return typeof value === "object" ? "an array" : `a ${typeof value}`;
}

function shapeError(rule: string, why: string): PortcullisError {
  return new PortcullisError("RESULT_SHAPE", {
    message: `The rule ${rule} gave something that is no violation: ${why}.`,
    remedy:
      "Let the rule contain strings, or objects with `msg` and optionally `field`, `details`, `remediation`.",
  });
}
