import { RegoNumber, type RegoValue } from "../value.ts";
import { objectValue } from "./builtin.ts";

/** Go's JSON of values that certificates are made of (`encoding/json`). */
export function object(fields: Readonly<Record<string, RegoValue>>): RegoValue {
  return objectValue(Object.entries(fields));
}

export function number(value: bigint | number): RegoNumber {
  return new RegoNumber(String(value));
}

/** Go's `[]byte`. */
export function bytes(value: Buffer): string {
  return value.toString("base64");
}

export function identifier(numbers: readonly bigint[]): RegoValue {
  return numbers.map(number);
}

/** An empty list is null: nothing was appended to it. */
export function list(items: readonly RegoValue[]): RegoValue {
  return items.length === 0 ? null : items;
}
