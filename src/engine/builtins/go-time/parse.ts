import { type Fields, type Instant, instantOf } from "./fields.ts";
import { MONTHS, WEEKDAYS } from "./format.ts";
import { type Chunk, type Element, readLayout } from "./layout.ts";
import { matchOffset, matchZoneName } from "./parse-zone.ts";

/** Go's `time.Parse` where the local zone is UTC. Undefined if the text does not follow the layout or is no time. */
export function parseTime(layout: string, text: string): Instant | undefined {
  const fields: Fields = {};
  const chunks = readLayout(layout);
  let rest = text;
  for (const [index, chunk] of chunks.entries()) {
    const after = skip(rest, chunk.prefix);
    if (after === undefined) return undefined;
    if (chunk.element === undefined) return after === "" ? instantOf(fields) : undefined;
    const read = readElement(chunk, chunks[index + 1], after, fields);
    if (read === undefined) return undefined;
    rest = after.slice(read);
  }
  return undefined;
}

/** Takes away the text before an element; a run of spaces stands for any other. */
function skip(text: string, prefix: string): string | undefined {
  let rest = text;
  for (const part of prefix.match(/ +|[^ ]/g) ?? []) {
    if (part.startsWith(" ")) {
      if (rest !== "" && !rest.startsWith(" ")) return undefined;
      rest = rest.replace(/^ +/, "");
    } else {
      if (!rest.startsWith(part)) return undefined;
      rest = rest.slice(part.length);
    }
  }
  return rest;
}

/** Reads one element into `fields`; gives how much of the text it is, or undefined if it is not there or out of range. */
function readElement(
  chunk: Chunk,
  next: Chunk | undefined,
  text: string,
  fields: Fields,
): number | undefined {
  const { element } = chunk;
  if (element === "5" || element === "05") return readSecond(element, next, text, fields);
  if (element === ".0") return readFraction(text, chunk.text.length, fields);
  if (element === ".9") {
    const [fraction = ""] = /^[.,]\d+/.exec(text) ?? [];
    return fraction === "" ? 0 : readFraction(text, fraction.length, fields);
  }
  if (element === undefined) return undefined;
  return readNumber(element, text, fields) ?? readWord(element, text, fields);
}

interface NumberRule {
  readonly pattern: RegExp;
  readonly field: "year" | "month" | "day" | "dayOfYear" | "hour" | "minute" | "second";
  readonly least: number;
  readonly most: number;
}

/** Days are checked at the end, when month and year are known. */
const NUMBERS: Partial<Record<Element, NumberRule>> = {
  "2006": { pattern: /^\d{4}/, field: "year", least: 0, most: 9999 },
  "1": { pattern: /^\d\d?/, field: "month", least: 1, most: 12 },
  "01": { pattern: /^\d\d/, field: "month", least: 1, most: 12 },
  "2": { pattern: /^\d\d?/, field: "day", least: 0, most: 99 },
  _2: { pattern: /^ ?\d\d?/, field: "day", least: 0, most: 99 },
  "02": { pattern: /^\d\d/, field: "day", least: 0, most: 99 },
  __2: { pattern: /^ {0,2}\d{1,3}/, field: "dayOfYear", least: 0, most: 999 },
  "002": { pattern: /^\d{3}/, field: "dayOfYear", least: 0, most: 999 },
  "15": { pattern: /^\d\d?/, field: "hour", least: 0, most: 23 },
  "3": { pattern: /^\d\d?/, field: "hour", least: 0, most: 12 },
  "03": { pattern: /^\d\d/, field: "hour", least: 0, most: 12 },
  "4": { pattern: /^\d\d?/, field: "minute", least: 0, most: 59 },
  "04": { pattern: /^\d\d/, field: "minute", least: 0, most: 59 },
  "5": { pattern: /^\d\d?/, field: "second", least: 0, most: 59 },
  "05": { pattern: /^\d\d/, field: "second", least: 0, most: 59 },
};

function readNumber(element: Element, text: string, fields: Fields): number | undefined {
  const rule = NUMBERS[element];
  const [found] = rule?.pattern.exec(text) ?? [];
  if (rule === undefined || found === undefined) return undefined;
  const value = Number(found);
  if (value < rule.least || value > rule.most) return undefined;
  fields[rule.field] = value;
  return found.length;
}

/** A fraction of a second is read even if the layout has none. */
function readSecond(
  element: "5" | "05",
  next: Chunk | undefined,
  text: string,
  fields: Fields,
): number | undefined {
  const length = readNumber(element, text, fields);
  if (length === undefined || next?.element === ".0" || next?.element === ".9") return length;
  const [fraction] = /^[.,]\d+/.exec(text.slice(length)) ?? [];
  if (fraction === undefined) return length;
  const read = readFraction(fraction, fraction.length, fields);
  return read === undefined ? undefined : length + read;
}

/** `length` with the point; digits beyond the ninth are dropped. */
function readFraction(text: string, length: number, fields: Fields): number | undefined {
  const digits = text.slice(1, Math.min(length, 10));
  if (text.length < length || !/^[.,]$/.test(text.charAt(0)) || !/^\d+$/.test(digits)) return undefined;
  fields.nanoseconds = Number(digits.padEnd(9, "0"));
  return length;
}

function readWord(element: Element, text: string, fields: Fields): number | undefined {
  return WORDS[element]?.(text, fields) ?? matchOffset(element, text, fields);
}

const WORDS: Partial<Record<Element, (text: string, fields: Fields) => number | undefined>> = {
  January: (text, fields) => readMonth(MONTHS, text, fields),
  Jan: (text, fields) => readMonth(short(MONTHS), text, fields),
  // The day of the week must be one, but counts for nothing.
  Monday: (text) => findName(WEEKDAYS, text)?.length,
  Mon: (text) => findName(short(WEEKDAYS), text)?.length,
  PM: (text, fields) => readHalf("AM", "PM", text, fields),
  pm: (text, fields) => readHalf("am", "pm", text, fields),
  "06": readShortYear,
  MST: matchZoneName,
};

function short(names: readonly string[]): readonly string[] {
  return names.map((name) => name.slice(0, 3));
}

function readMonth(names: readonly string[], text: string, fields: Fields): number | undefined {
  const found = findName(names, text);
  if (found !== undefined) fields.month = found.index + 1;
  return found?.length;
}

/** The name that the text begins with, in any case. */
function findName(
  names: readonly string[],
  text: string,
): { readonly index: number; readonly length: number } | undefined {
  const index = names.findIndex((name) => text.slice(0, name.length).toLowerCase() === name.toLowerCase());
  const name = names[index];
  return name === undefined ? undefined : { index, length: name.length };
}

function readHalf(morning: string, afternoon: string, text: string, fields: Fields): number | undefined {
  const half = text.slice(0, 2);
  if (half !== morning && half !== afternoon) return undefined;
  fields.isAfternoon = half === afternoon;
  return 2;
}

/** 69 to 99 are of the 20th century. Go reads a sign, too. */
function readShortYear(text: string, fields: Fields): number | undefined {
  const [digits] = /^(?:\d\d|[+-]\d)/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const year = Number(digits);
  fields.year = year >= 69 ? year + 1900 : year + 2000;
  return 2;
}
