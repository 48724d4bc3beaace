import { SourceError } from "./source-error.ts";
import type { Mapping, Scalar, Value } from "./value.ts";

/**
 * The longest JSON text of one object, in UTF-16 units: only aliases make an object longer than the file that it came
 * from (64 MiB at most), and no API server takes more than 3 MiB. V8's longest string has 512 MiB.
 */
const MAX_OBJECT_TEXT = 256 * 1024 * 1024;

/** Writes a value as JSON. It keeps its own stack, so that nesting cannot overflow the engine's. */
export function jsonText(root: Value): string {
  const pending: (Value | string)[] = [root];
  let text = "";
  for (let task = pending.pop(); task !== undefined; task = pending.pop()) {
    text += typeof task === "string" ? task : open(task, pending);
    if (text.length > MAX_OBJECT_TEXT) {
      throw new SourceError("the aliases of this object make it too long", root.start, "MANIFEST_ALIAS_BOMB");
    }
  }
  return text;
}

/** The beginning of a value's text; what follows goes to `pending`, last first. */
function open(value: Value, pending: (Value | string)[]): string {
  if (value.kind === "scalar") return scalarText(value);
  const from = pending.length;
  if (value.kind === "sequence") pushItems(value.items, pending);
  else pushMembers(value.members, pending);
  reverseFrom(pending, from);
  return value.kind === "sequence" ? "[" : "{";
}

/** A JSON file may hold numbers that no 64-bit float holds, which the API server refuses. */
function scalarText({ type, text, start }: Scalar): string {
  if (type === "string") return JSON.stringify(text);
  if (type !== "float" || Number.isFinite(Number(text))) return text;
  throw new SourceError(`the number ${text} is larger than Kubernetes can hold`, start);
}

function pushItems(items: readonly Value[], pending: (Value | string)[]): void {
  let separator = "";
  for (const item of items) {
    if (separator !== "") pending.push(separator);
    pending.push(item);
    separator = ",";
  }
  pending.push("]");
}

function pushMembers(members: Mapping["members"], pending: (Value | string)[]): void {
  let separator = "";
  for (const [key, { value }] of members) {
    pending.push(`${separator}${JSON.stringify(key)}:`, value);
    separator = ",";
  }
  pending.push("}");
}

function reverseFrom(list: (Value | string)[], from: number): void {
  for (let low = from, high = list.length - 1; low < high; low += 1, high -= 1) {
    const [first, last] = [list[low], list[high]];
    if (first === undefined || last === undefined) return;
    list[low] = last;
    list[high] = first;
  }
}
