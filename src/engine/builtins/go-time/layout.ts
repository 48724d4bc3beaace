/** What a piece of a layout stands for, by the example of it in Go's reference time; `.` is a fraction of a second. */
export type Element =
  | "January"
  | "Jan"
  | "1"
  | "01"
  | "Monday"
  | "Mon"
  | "2"
  | "_2"
  | "02"
  | "__2"
  | "002"
  | "15"
  | "3"
  | "03"
  | "4"
  | "04"
  | "5"
  | "05"
  | "2006"
  | "06"
  | "PM"
  | "pm"
  | "MST"
  | ZoneOffset
  | ".0"
  | ".9";

/** An offset from UTC; with `Z` first, UTC itself is written `Z`. */
export type ZoneOffset =
  | "Z0700"
  | "Z070000"
  | "Z07"
  | "Z07:00"
  | "Z07:00:00"
  | "-0700"
  | "-070000"
  | "-07"
  | "-07:00"
  | "-07:00:00";

/** An element and the text before it; the last chunk of a layout has no element. */
export interface Chunk {
  readonly prefix: string;
  readonly element: Element | undefined;
  /** The layout's own text of the element. */
  readonly text: string;
}

/** Elements that any text may follow, the longer ones first. */
const PLAIN: readonly Element[] = [
  "January",
  "Monday",
  "MST",
  "01",
  "02",
  "03",
  "04",
  "05",
  "06",
  "002",
  "15",
  "1",
  "2006",
  "2",
  "__2",
  "3",
  "4",
  "5",
  "PM",
  "pm",
  "-070000",
  "-07:00:00",
  "-0700",
  "-07:00",
  "-07",
  "Z070000",
  "Z07:00:00",
  "Z0700",
  "Z07:00",
  "Z07",
];

/** Go's `time.nextStdChunk` for a whole layout. */
export function readLayout(layout: string): readonly Chunk[] {
  const chunks: Chunk[] = [];
  let start = 0;
  for (let at = 0; at < layout.length; at += 1) {
    const found = elementAt(layout, at);
    if (found === undefined) continue;
    const from = at + found.skip;
    const end = from + found.length;
    chunks.push({ prefix: layout.slice(start, from), element: found.element, text: layout.slice(from, end) });
    start = end;
    at = end - 1;
  }
  return [...chunks, { prefix: layout.slice(start), element: undefined, text: "" }];
}

interface Found {
  readonly element: Element;
  readonly length: number;
  /** Units of the layout before the element, which are no part of it. */
  readonly skip: number;
}

function elementAt(layout: string, at: number): Found | undefined {
  const plain = PLAIN.find((element) => layout.startsWith(element, at));
  if (plain !== undefined) return { element: plain, length: plain.length, skip: 0 };
  // `_2006` is a `_` and the year.
  if (layout.startsWith("_2006", at)) return { element: "2006", length: 4, skip: 1 };
  if (layout.startsWith("_2", at)) return { element: "_2", length: 2, skip: 0 };
  return nameAt(layout, at) ?? fractionAt(layout, at);
}

/** `Jan` and `Mon`, unless a lower-case letter makes them a part of another word. */
function nameAt(layout: string, at: number): Found | undefined {
  const name = (["Jan", "Mon"] as const).find((short) => layout.startsWith(short, at));
  if (name === undefined || /[a-z]/.test(layout.charAt(at + 3))) return undefined;
  return { element: name, length: 3, skip: 0 };
}

/** `.000` or `,999`, if no other digit follows. */
function fractionAt(layout: string, at: number): Found | undefined {
  const digit = layout[at + 1];
  if ((layout[at] !== "." && layout[at] !== ",") || (digit !== "0" && digit !== "9")) return undefined;
  let end = at + 1;
  while (layout[end] === digit) end += 1;
  if (/[0-9]/.test(layout.charAt(end))) return undefined;
  return { element: digit === "0" ? ".0" : ".9", length: end - at, skip: 0 };
}
