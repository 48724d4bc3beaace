import type { RegoValue } from "../value.ts";
import { isArray } from "./builtin.ts";

/**
 * A path of OPA's: a JSON pointer, with or without slashes before it, or an array of keys of any type. Undefined if it
 * is neither.
 */
export function readPath(value: RegoValue | undefined): readonly RegoValue[] | undefined {
  if (isArray(value)) return value;
  if (typeof value !== "string") return undefined;
  if (value === "") return [];
  return value
    .replace(/^\/+/, "")
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}
