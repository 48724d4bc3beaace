import { isTimestamp, resolvePlain } from "./yaml-scalar.ts";

/** Booleans and numbers of YAML 1.1, which go-yaml quotes although it does not read them as such. */
const OLD_WORD = /^(?:[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/;
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/** What must be escaped: libyaml's `is_printable` ends at U+FFFF. */
const SPECIAL = /[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u;

/** Marks that mean something at the start, or before or after a space. */
const INDICATOR = /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[?:-](?: |\t|$))|:(?=[ \t]|$)|[ \t\n]#/;

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\0", "\\0"],
  ["\x07", "\\a"],
  ["\b", "\\b"],
  ["\t", "\\t"],
  ["\n", "\\n"],
  ["\v", "\\v"],
  ["\f", "\\f"],
  ["\r", "\\r"],
  ["\x1b", "\\e"],
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\x85", "\\N"],
  ["\u2028", "\\L"],
  ["\u2029", "\\P"],
]);

/** A string as the value of a key or an item: on one line, or a block of them. */
export function blockText(text: string): readonly string[] {
  return text.includes("\n") ? literalLines(text) : [scalarText(text)];
}

/** As a block that keeps its lines, unless a line ends with a space or something must be escaped. */
function literalLines(text: string): readonly string[] {
  if (/ (?:\n|$)/.test(text) || SPECIAL.test(text.replaceAll("\t", " "))) return [quoted(text)];
  const hint = /^[ \n]/.test(text) ? "2" : "";
  const lines = text.replace(/\n$/, "").split("\n");
  return [`|${hint}${chomping(text)}`, ...lines.map((line) => line && `  ${line}`)];
}

/** What a reader is told about the end: no line end, one, or all of several. */
function chomping(text: string): "-" | "" | "+" {
  if (!text.endsWith("\n")) return "-";
  return text === "\n" || text.endsWith("\n\n") ? "+" : "";
}

/** On one line. */
export function scalarText(text: string): string {
  if (SPECIAL.test(text) || text.includes("\n") || !isReadAsString(text)) return quoted(text);
  return /^ | $/.test(text) || INDICATOR.test(text) ? `'${text.replaceAll("'", "''")}'` : text;
}

function isReadAsString(text: string): boolean {
  const { kind } = resolvePlain(text);
  if (kind !== "string" && kind !== "merge") return false;
  return !OLD_WORD.test(text) && !BASE_60.test(text) && !isTimestamp(text);
}

function quoted(text: string): string {
  const escaped = Array.from(text, (character) =>
    SPECIAL.test(character) || /["\\\n]/.test(character) ? escape(character) : character,
  );
  return `"${escaped.join("")}"`;
}

function escape(character: string): string {
  const point = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  const [mark, width] = point.length <= 2 ? ["x", 2] : point.length <= 4 ? ["u", 4] : ["U", 8];
  return ESCAPES.get(character) ?? `\\${mark}${point.padStart(width, "0")}`;
}
