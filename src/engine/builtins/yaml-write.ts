import { formatValue } from "../format.ts";
import { RegoNumber, RegoObject, type RegoValue } from "../value.ts";
import { isArray } from "./builtin.ts";
import { floatText } from "./yaml-float.ts";
import { compareKeys } from "./yaml-key-order.ts";
import { resolvePlain } from "./yaml-scalar.ts";
import { blockText, scalarText } from "./yaml-string.ts";

/** A key of more bytes than this is written behind a `?`. */
const MAX_SIMPLE_KEY = 128;

/** A JSON value (arrays, objects with string keys, scalars) as go.yaml.in/yaml/v3 writes it at an indentation of two spaces. */
export function writeYaml(value: RegoValue): string {
  return `${blockLines(value).join("\n")}\n`;
}

/** The lines of a value, as they stand at the left edge. */
function blockLines(value: RegoValue): readonly string[] {
  if (isArray(value) && value.length > 0)
    return value.flatMap((item) => nested("- ", blockLines(item), item));
  if (value instanceof RegoObject && value.entries.length > 0) {
    return value.entries
      .map(([key, member]) => ({ key: formatValue(key, (text) => text), member }))
      .toSorted((a, b) => compareKeys(a.key, b.key))
      .flatMap(({ key, member }) => entryLines(key, member));
  }
  return scalarLines(value);
}

/** The first line behind `mark`, the others as far to the right. */
function nested(mark: string, lines: readonly string[], value: RegoValue): readonly string[] {
  const indent = typeof value === "string" ? "" : "  ";
  return lines.map((line, index) => (index === 0 ? mark + line : line && indent + line));
}

function entryLines(key: string, value: RegoValue): readonly string[] {
  const isSimple = !key.includes("\n") && Buffer.byteLength(key) <= MAX_SIMPLE_KEY;
  const keyLines = isSimple ? [scalarText(key)] : nested("? ", blockText(key), key);
  const lines = blockLines(value);
  const isBlock = isCollection(value);
  if (!isSimple) return [...keyLines, ...nested(": ", lines, value)];
  const [first = "", ...rest] = lines;
  const start = `${keyLines[0] ?? ""}:`;
  if (isBlock) return [start, ...lines.map((line) => line && `  ${line}`)];
  return [`${start} ${first}`, ...rest];
}

function isCollection(value: RegoValue): boolean {
  if (value instanceof RegoObject) return value.entries.length > 0;
  return isArray(value) && value.length > 0;
}

function scalarLines(value: RegoValue): readonly string[] {
  if (typeof value === "string") return blockText(value);
  if (value instanceof RegoNumber) return [numberText(value.text)];
  if (value instanceof RegoObject) return ["{}"];
  return [formatValue(value, (text) => text)];
}

/** A number of JSON is read as YAML first; what no double can hold is a string there. */
function numberText(text: string): string {
  const scalar = resolvePlain(text);
  if (scalar.kind === "int") return scalar.text;
  return scalar.kind === "float" ? floatText(Number(scalar.text)) : text;
}
