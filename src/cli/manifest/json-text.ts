import { SourceError } from "./source-error.ts";
import type { Member, Scalar, Value } from "./value.ts";

/**
 * The longest JSON text of one object, in UTF-16 units: only aliases make an object longer than the file that it came
 * from (64 MiB at most), and no API server takes more than 3 MiB. V8's longest string has 512 MiB.
 */
export const MAX_OBJECT_TEXT = 256 * 1024 * 1024;

/** Writes a value as JSON. It keeps its own stack, so that nesting cannot overflow the engine's. */
export function jsonText(root: Value): string {
  const parts: string[] = [];
  const pending: (Value | string)[] = [root];
  let length = 0;
  for (let task = pending.pop(); task !== undefined; task = pending.pop()) {
    const part = typeof task === "string" ? task : open(task, pending);
    parts.push(part);
    length += part.length;
    if (length > MAX_OBJECT_TEXT) {
      throw new SourceError("the aliases of this object make it too long", root.start, "MANIFEST_ALIAS_BOMB");
    }
  }
  return parts.join("");
}

/** The beginning of a value's text; what follows goes to `pending`, last first. */
function open(value: Value, pending: (Value | string)[]): string {
  if (value.kind === "scalar") return scalarText(value);
  pending.push(value.kind === "sequence" ? "]" : "}");
  if (value.kind === "sequence") pushItems(value.items, pending);
  else pushMembers([...value.members], pending);
  return value.kind === "sequence" ? "[" : "{";
}

/** A JSON file may hold numbers that no 64-bit float holds, which the API server refuses. */
function scalarText({ type, text, start }: Scalar): string {
  if (type === "string") return JSON.stringify(text);
  if (type !== "float" || Number.isFinite(Number(text))) return text;
  throw new SourceError(`the number ${text} is larger than Kubernetes can hold`, start);
}

function pushItems(items: readonly Value[], pending: (Value | string)[]): void {
  for (const [index, item] of items.toReversed().entries()) {
    pending.push(item);
    if (index < items.length - 1) pending.push(",");
  }
}

function pushMembers(members: readonly (readonly [string, Member])[], pending: (Value | string)[]): void {
  for (const [index, [key, { value }]] of members.toReversed().entries()) {
    pending.push(value, `${index < members.length - 1 ? "," : ""}${JSON.stringify(key)}:`);
  }
}
