import { RegoObject, type RegoValue } from "../../value.ts";
import { toJson } from "../json-text.ts";
import type { Decode } from "./decode.ts";
import { InvalidGraphql, type Limits } from "./limits.ts";

interface Reader<T> {
  readonly parse: (text: string, limits: Limits) => T;
  readonly decode: Decode<T>;
}

/** A document from its text or from its syntax tree. Throws InvalidGraphql, also for any other operand. */
export function readDocument<T>(
  operand: RegoValue | undefined,
  { parse, decode }: Reader<T>,
  limits: Limits,
): T {
  if (typeof operand === "string") return parse(operand, limits);
  if (operand instanceof RegoObject) return decode(toJson(operand), limits);
  throw new InvalidGraphql();
}
