import { isList } from "../../../admission/patch/json.ts";
import { RegoObject, type RegoValue } from "../../../engine/index.ts";
import { membersOf } from "./rego-value.ts";
import { blockText, quoted, scalarText, stringText } from "./scalar-text.ts";

/** How a document is indented. */
export interface Style {
  /** Columns from a key to the keys of its map. */
  readonly step: number;
  /** Columns from a key to the dashes of its list; 0 for lists that are no deeper than their key. */
  readonly listStep: number;
  /** The indentation that brackets over several lines add. */
  readonly unit: string;
}

/** A value behind a `:` or a `-`: what stands in that line, and the lines below it. */
export interface Rendered {
  readonly head: string;
  readonly body: readonly string[];
}

/** People look for these first. */
const FIRST_KEYS = ["apiVersion", "kind", "metadata", "name", "image"];

export function isFilled(value: RegoValue): value is RegoObject | readonly RegoValue[] {
  return value instanceof RegoObject ? value.entries.length > 0 : isList(value) && value.length > 0;
}

/** The members of an object in the order in which a person would write them. */
function inOrder(object: RegoObject): readonly (readonly [string, RegoValue])[] {
  return membersOf(object).toSorted(([a], [b]) => rank(a) - rank(b));
}

function rank(key: string): number {
  return FIRST_KEYS.includes(key) ? FIRST_KEYS.indexOf(key) : FIRST_KEYS.length;
}

/** The lines of a filled collection in block style, indented to `column`. */
export function blockLines(
  value: RegoObject | readonly RegoValue[],
  column: number,
  style: Style,
): readonly string[] {
  if (isList(value)) return value.flatMap((item) => itemLines(item, column, style));
  return inOrder(value).flatMap(([key, member]) => pairLines(key, member, column, style));
}

// oxlint-disable-next-line max-params -- a pair has two parts
export function pairLines(key: string, value: RegoValue, column: number, style: Style): readonly string[] {
  const { head, body } = memberValue(value, column, style);
  return [`${" ".repeat(column)}${stringText(key, false)}:${head === "" ? "" : ` ${head}`}`, ...body];
}

export function itemLines(value: RegoValue, column: number, style: Style): readonly string[] {
  const { head, body } = itemValue(value, column, style);
  return [`${" ".repeat(column)}- ${head}`, ...body];
}

/** What follows a key that stands at `column`. */
export function memberValue(value: RegoValue, column: number, style: Style): Rendered {
  if (!isFilled(value)) return scalar(value, column + style.step);
  return { head: "", body: blockLines(value, column + (isList(value) ? style.listStep : style.step), style) };
}

/** What follows a dash that stands at `column`. */
export function itemValue(value: RegoValue, column: number, style: Style): Rendered {
  if (!isFilled(value)) return scalar(value, column + 2);
  const [first = "", ...body] = blockLines(value, column + 2, style);
  return { head: first.slice(column + 2), body };
}

function scalar(value: RegoValue, column: number): Rendered {
  const block = typeof value === "string" ? blockText(value) : undefined;
  if (block === undefined) return { head: scalarText(value, false), body: [] };
  const body = block.lines.map((line) => (line === "" ? "" : " ".repeat(column) + line));
  return { head: block.header, body };
}

/** How a collection in brackets is written. */
export interface FlowStyle {
  /** Keys and texts have double quotes, and no space follows a `:` or `,` if it is `compact`. */
  readonly json: boolean;
  readonly compact: boolean;
  /** The indentation of the line that it begins in; undefined to stay in that line. */
  readonly prefix: string | undefined;
  readonly unit: string;
}

export function flowText(value: RegoValue, flow: FlowStyle): string {
  if (!isFilled(value))
    return typeof value === "string" && flow.json ? quoted(value) : scalarText(value, true);
  const inner = flow.prefix === undefined ? flow : { ...flow, prefix: flow.prefix + flow.unit };
  const [open, close] = isList(value) ? ["[", "]"] : ["{", "}"];
  const entries = isList(value)
    ? value.map((item) => flowText(item, inner))
    : inOrder(value).map(([key, member]) => flowPair(key, member, inner));
  const start = inner.prefix === undefined ? "" : `\n${inner.prefix}`;
  const end = flow.prefix === undefined ? "" : `\n${flow.prefix}`;
  return `${open}${start}${entries.join(separator(inner))}${end}${close}`;
}

export function flowPair(key: string, value: RegoValue, flow: FlowStyle): string {
  const name = flow.json ? quoted(key) : stringText(key, true);
  return `${name}:${flow.compact ? "" : " "}${flowText(value, flow)}`;
}

/** What stands between two entries. */
export function separator({ prefix, compact }: FlowStyle): string {
  if (prefix !== undefined) return `,\n${prefix}`;
  return compact ? "," : ", ";
}
