import { SourceError } from "../source-error.ts";
import { isBlankBreakOrEnd, isWord } from "./character.ts";
import type { Cursor } from "./cursor.ts";
import type { NameToken } from "./token.ts";

export const CORE_TAG = "tag:yaml.org,2002:";

const URI = /(?:[\w;/?:@&=+$,.!~*'()[\]-]|%[0-9a-fA-F]{2})*/y;
const HANDLE = /!(?:[\w-]*!)?/y;

/** Reads `&name` or `*name`. */
export function readAnchor(cursor: Cursor, type: "anchor" | "alias"): NameToken {
  const start = cursor.offset;
  cursor.offset += 1;
  while (isWord(cursor.code())) cursor.offset += 1;
  const name = cursor.text.slice(start + 1, cursor.offset);
  if (name === "" || !endsName(cursor)) {
    throw new SourceError(`the name of an ${type} may hold only letters, digits, "-" and "_"`, start);
  }
  return { type, start, end: cursor.offset, name };
}

function endsName(cursor: Cursor): boolean {
  return isBlankBreakOrEnd(cursor.code()) || "?:,]}%@`".includes(cursor.text.charAt(cursor.offset));
}

/** Reads `!tag`, `!!tag`, `!<tag>` or `!`. */
export function readTag(cursor: Cursor): NameToken {
  const start = cursor.offset;
  const name = cursor.code(1) === 0x3c ? readVerbatim(cursor) : readShorthand(cursor);
  if (!isBlankBreakOrEnd(cursor.code())) {
    throw new SourceError("a tag must be followed by a space or the end of the line", start);
  }
  return { type: "tag", start, end: cursor.offset, name };
}

function readVerbatim(cursor: Cursor): string {
  const start = cursor.offset;
  cursor.offset += 2;
  const name = take(cursor, URI);
  if (name === "" || cursor.code() !== 0x3e)
    throw new SourceError("the tag that begins here has no `>`", start);
  cursor.offset += 1;
  return decodeUri(name, start);
}

function readShorthand(cursor: Cursor): string {
  const start = cursor.offset;
  const handle = take(cursor, HANDLE);
  const suffix = decodeUri(take(cursor, URI), start);
  if (handle === "!") return `!${suffix}`;
  if (handle !== "!!") throw new SourceError(`the tag handle "${handle}" is not defined`, start);
  if (suffix === "") throw new SourceError("a tag needs a name after `!!`", start);
  return CORE_TAG + suffix;
}

function take(cursor: Cursor, pattern: RegExp): string {
  pattern.lastIndex = cursor.offset;
  const text = pattern.exec(cursor.text)?.[0] ?? "";
  cursor.offset += text.length;
  return text;
}

function decodeUri(text: string, start: number): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw error instanceof URIError
      ? new SourceError(`the tag "${text}" holds a broken escape`, start)
      : error;
  }
}
