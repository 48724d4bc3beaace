import { RegoObject, RegoSet, type RegoValue, valueToRego } from "../engine/index.ts";

/** A value of at most so many characters stands on one line. */
const WIDTH = 80;
const INDENT = "  ";

/** A value as Rego that a person can compare: what does not fit one line has a line for each of its members. */
export function layOut(value: RegoValue, indent = ""): string {
  const short = valueToRego(value);
  if (short.length + indent.length <= WIDTH) return short;
  const deeper = indent + INDENT;
  if (value instanceof RegoObject) {
    return block("{", "}", indent, membersOf(value, deeper));
  }
  if (value instanceof RegoSet) return block("{", "}", indent, items(value.items, deeper));
  return isList(value) ? block("[", "]", indent, items(value, deeper)) : short;
}

function membersOf({ entries }: RegoObject, indent: string): readonly string[] {
  return entries.map(([key, member]) => `${indent}${valueToRego(key)}: ${layOut(member, indent)},`);
}

function items(values: readonly RegoValue[], indent: string): readonly string[] {
  return values.map((value) => `${indent}${layOut(value, indent)},`);
}

function block(open: string, close: string, indent: string, lines: readonly string[]): string {
  return [open, ...lines, `${indent}${close}`].join("\n");
}

/** `Array.isArray` does not narrow a union with readonly arrays. */
function isList(value: RegoValue): value is readonly RegoValue[] {
  return Array.isArray(value);
}
