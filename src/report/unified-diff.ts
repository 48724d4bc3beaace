import { diffArrays, type ChangeObject } from "diff";
import type { Ink } from "./ink.ts";
import { printable } from "./printable.ts";

/** Some lines of a file, and what becomes of them; `line` is the first one's number and counts from 1. */
export interface LineEdit {
  readonly line: number;
  readonly before: string;
  readonly after: string;
}

const CONTEXT = 3;
const NO_LINE_BREAK = "\\ No newline at end of file";

/** Beyond so many differences the time grows too fast to look for the least of them: all lines between are shown. */
const MAX_EDITS = 500;

/**
 * The lines of a unified diff, with the line numbers of the user's file; none if nothing changes. Characters that act on
 * a terminal are shown as escapes; tabs, and carriage returns at the ends of lines, are left, so that it can be applied.
 */
export function unifiedDiff({ line, before, after }: LineEdit, file: string, ink: Ink): readonly string[] {
  const hunks = hunksOf(linesOf(before), linesOf(after));
  if (hunks.length === 0) return [];
  return [
    // What follows a tab is no part of the name for programs that apply a difference.
    ink("bold", `--- ${printable(file)}`),
    ink("bold", `+++ ${printable(file)}\t(mutated)`),
    ...hunks.flatMap((hunk) => shownHunk(hunk, line, ink)),
  ];
}

interface Line {
  readonly kind: " " | "-" | "+";
  readonly text: string;
}

/** `before` and `after` count the lines above it in either text. */
interface Hunk {
  readonly before: number;
  readonly after: number;
  readonly lines: readonly Line[];
}

/** Lines with their line breaks, so that a missing one at the end is a difference. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function hunksOf(before: readonly string[], after: readonly string[]): readonly Hunk[] {
  const lines = changedLines(before, after);
  const hunks: Hunk[] = [];
  const changes = lines.flatMap(({ kind }, index) => (kind === " " ? [] : [index]));
  const at = { index: 0, before: 0, after: 0 };
  for (const [from, to] of ranges(changes, lines.length)) {
    pass(at, lines.slice(at.index, from));
    const hunk = lines.slice(from, to);
    hunks.push({ before: at.before, after: at.after, lines: hunk });
    pass(at, hunk);
  }
  return hunks;
}

function pass(at: { index: number; before: number; after: number }, lines: readonly Line[]): void {
  for (const { kind } of lines) {
    at.index += 1;
    if (kind !== "+") at.before += 1;
    if (kind !== "-") at.after += 1;
  }
}

/** The changed lines with their context; where the context of two touches they are one. */
function ranges(changes: readonly number[], end: number): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (const change of changes) {
    const last = found.at(-1);
    const to = Math.min(change + 1 + CONTEXT, end);
    if (last !== undefined && change - CONTEXT <= last[1]) last[1] = to;
    else found.push([Math.max(change - CONTEXT, 0), to]);
  }
  return found;
}

/** All lines of both texts; what they have in common at both ends is not given to the search for differences. */
function changedLines(before: readonly string[], after: readonly string[]): readonly Line[] {
  const most = Math.min(before.length, after.length);
  let prefix = 0;
  while (prefix < most && before[prefix] === after[prefix]) prefix += 1;
  let suffix = 0;
  while (suffix < most - prefix && before.at(-1 - suffix) === after.at(-1 - suffix)) suffix += 1;
  const [old, young] = [
    before.slice(prefix, before.length - suffix),
    after.slice(prefix, after.length - suffix),
  ];
  const changes = diffArrays(old, young, { maxEditLength: MAX_EDITS });
  return [
    ...asLines(" ", before.slice(0, prefix)),
    ...(changes?.flatMap(changeLines) ?? [...asLines("-", old), ...asLines("+", young)]),
    ...asLines(" ", before.slice(before.length - suffix)),
  ];
}

function changeLines({ value, added, removed }: ChangeObject<string[]>): readonly Line[] {
  if (removed) return asLines("-", value);
  return asLines(added ? "+" : " ", value);
}

function asLines(kind: Line["kind"], texts: readonly string[]): readonly Line[] {
  return texts.map((text) => ({ kind, text }));
}

function shownHunk({ before, after, lines }: Hunk, first: number, ink: Ink): readonly string[] {
  const old = range(before + first, lines.filter(({ kind }) => kind !== "+").length);
  const young = range(after + first, lines.filter(({ kind }) => kind !== "-").length);
  return [ink("cyan", `@@ -${old} +${young} @@`), ...lines.flatMap((line) => shownLine(line, ink))];
}

/** A range without lines is named by the line above it. */
function range(start: number, count: number): string {
  if (count === 1) return String(start);
  return `${count === 0 ? start - 1 : start},${count}`;
}

function shownLine({ kind, text }: Line, ink: Ink): readonly string[] {
  // Tabs, and a carriage return at the end, do no harm to a terminal, and without them the difference would not apply.
  const [, content = "", ending = ""] = /^([^\n]*?)(\r?)\n?$/.exec(text) ?? [];
  const shown = `${content.split("\t").map(printable).join("\t")}${ending}`;
  const line = kind === " " ? `${kind}${shown}` : colored(kind, `${kind}${shown}`, ink);
  return text.endsWith("\n") ? [line] : [line, ink("dim", NO_LINE_BREAK)];
}

function colored(kind: "-" | "+", line: string, ink: Ink): string {
  return ink(kind === "-" ? "red" : "green", line);
}
