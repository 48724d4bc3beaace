import { RegoNumber, RegoObject, RegoSet, type RegoValue } from "../engine/value.ts";
import { PortcullisError } from "../error.ts";

/** One element of a policy's `deny`, `violation` or `warn` set. */
export interface Violation {
  readonly message: string;
  readonly field: string | undefined;
  readonly details: RegoValue | undefined;
  readonly remediation: string | undefined;
}

/**
 * Reads the value of a rule: a set of strings, or of objects with `msg` or `message` and optionally `field`,
 * `details`, `remediation`; undefined is the empty set. Throws RESULT_SHAPE: a value that is no violation is never
 * ignored.
 */
export function readViolations(value: RegoValue | undefined, rule: string): readonly Violation[] {
  if (value === undefined) return [];
  if (value instanceof RegoSet) return value.items.map((item) => readViolation(item, rule));
  throw shapeError(rule, `it is ${typeName(value)}, not a set`);
}

function readViolation(item: RegoValue, rule: string): Violation {
  if (typeof item === "string") {
    return { message: item, field: undefined, details: undefined, remediation: undefined };
  }
  if (!(item instanceof RegoObject)) throw shapeError(rule, `it holds ${typeName(item)}`);
  const message = optionalText(item, "msg", rule) ?? optionalText(item, "message", rule);
  if (message === undefined) throw shapeError(rule, "it holds an object without `msg`");
  return {
    message,
    field: optionalText(item, "field", rule),
    details: item.get("details"),
    remediation: optionalText(item, "remediation", rule),
  };
}

function optionalText(item: RegoObject, key: string, rule: string): string | undefined {
  const value = item.get(key);
  if (value === undefined || typeof value === "string") return value;
  throw shapeError(rule, `\`${key}\` is ${typeName(value)}, not a string`);
}

function typeName(value: RegoValue): string {
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
