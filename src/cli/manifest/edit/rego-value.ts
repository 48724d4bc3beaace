import { RegoNumber, RegoObject, type RegoValue, sortDistinct } from "../../../engine/index.ts";
import type { Scalar, Value } from "../value.ts";

/** What the engine's parser takes, and so the deepest object that any policy can have patched. */
const MAX_DEPTH = 1_000;

/** The value of a source as policies see it; what aliases share stays shared. Undefined if it is nested too deep. */
export function regoValue(value: Value): RegoValue | undefined {
  try {
    return converted(value, new Map(), 0);
  } catch (error) {
    if (error instanceof TooDeep) return undefined;
    throw error;
  }
}

class TooDeep extends Error {}

function converted(value: Value, known: Map<Value, RegoValue>, depth: number): RegoValue {
  if (depth > MAX_DEPTH) throw new TooDeep();
  if (value.kind === "scalar") return scalar(value);
  const before = known.get(value);
  if (before !== undefined) return before;
  const made =
    value.kind === "sequence"
      ? value.items.map((item) => converted(item, known, depth + 1))
      : new RegoObject(
          sortDistinct(
            [...value.members].map(
              ([key, member]) => [key, converted(member.value, known, depth + 1)] as const,
            ),
            ([key]) => key,
          ),
        );
  known.set(value, made);
  return made;
}

function scalar({ type, text }: Scalar): RegoValue {
  if (type === "string") return text;
  if (type === "null") return null;
  return type === "bool" ? text === "true" : new RegoNumber(text);
}

/** The members of an object, which came from JSON: every key is a text. */
export function membersOf(object: RegoObject): readonly (readonly [string, RegoValue])[] {
  return object.entries.flatMap(([key, value]) => (typeof key === "string" ? [[key, value] as const] : []));
}
