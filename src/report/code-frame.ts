import type { Ink } from "./ink.ts";
import { printable } from "./printable.ts";

const LINES_BEFORE = 2;
const LINES_AFTER = 1;
/** Code units of a source line that are shown: with the gutter it fits the usual 120 columns of a CI log. */
const WIDTH = 100;
/** Code units left of the caret that stay visible where a line is cut. */
const LEAD = 40;
const TAB = "    ";

/** What a caret underlines: a quoted string, or a key or plain scalar without the colon after it. */
const TOKEN = /^(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s,{}[\]]+?(?=:?(?:[\s,{}[\]]|$)))/u;

/** Characters that take two columns of a terminal. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/u;
const MARK = /\p{M}/u;

/**
 * The lines around a place with a caret under it, without indentation; none if the place is outside of the file.
 * `line` and `column` count from 1, columns in UTF-16 code units.
 */
export function codeFrame(
  lines: readonly string[],
  at: { readonly line: number; readonly column: number },
  ink: Ink,
): readonly string[] {
  if (lines[at.line - 1] === undefined) return [];
  const first = Math.max(1, at.line - LINES_BEFORE);
  const last = Math.min(lines.length, at.line + LINES_AFTER);
  const digits = String(last).length;
  return lines.slice(first - 1, last).flatMap((source, index) => {
    const number = first + index;
    const gutter = String(number).padStart(digits);
    if (number !== at.line) return [`  ${ink("blue", `${gutter} |`)} ${cut(source, 0)}`.trimEnd()];
    const start = windowStart(source, at.column - 1);
    const caret = caretUnder(source, at.column - 1, start);
    return [
      `${ink("red", ">")} ${ink("blue", `${gutter} |`)} ${cut(source, start)}`,
      `  ${ink("blue", `${" ".repeat(digits)} |`)} ${" ".repeat(caret.offset)}${ink("red", "^".repeat(caret.length))}`,
    ];
  });
}

function windowStart(source: string, column: number): number {
  if (column <= WIDTH - LEAD / 2) return 0;
  const start = column - LEAD;
  return isLowSurrogate(source, start) ? start - 1 : start;
}

function cut(source: string, start: number): string {
  const end = windowEnd(source, start);
  const line = source.replace(/\r$/, "");
  return `${start > 0 ? "…" : ""}${shown(line.slice(start, end))}${end < line.length ? "…" : ""}`;
}

function windowEnd(source: string, start: number): number {
  const end = start + WIDTH;
  return isLowSurrogate(source, end) ? end + 1 : end;
}

function isLowSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Where the caret stands and how long it is, in columns of the line as `cut` shows it. */
function caretUnder(source: string, column: number, start: number): { offset: number; length: number } {
  const before = source.slice(start, column);
  const token = TOKEN.exec(source.slice(column, windowEnd(source, start)))?.[0] ?? "";
  return {
    offset: (start > 0 ? 1 : 0) + columns(shown(before)),
    length: Math.max(1, columns(shown(token))),
  };
}

function shown(text: string): string {
  return printable(text.replaceAll("\t", TAB));
}

/** Terminal columns that printable text takes. */
function columns(text: string): number {
  let width = 0;
  for (const character of text) {
    if (WIDE.test(character)) width += 2;
    else if (!MARK.test(character)) width += 1;
  }
  return width;
}
