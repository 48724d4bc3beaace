/** Passes white space, line breaks and comments. */
export function skipGap(text: string, from: number): number {
  const gap = /(?:[\s\ufeff]+|(?<=^|\s)#[^\n]*)*/y;
  gap.lastIndex = from;
  gap.exec(text);
  return gap.lastIndex;
}

export function lineStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

/** Where the line break of a line is, or the end of the text. */
export function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  if (end === -1) return text.length;
  return end > at && text.charAt(end - 1) === "\r" ? end - 1 : end;
}

/** Where the next line begins, or the end of the text. */
export function nextLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end + 1;
}

/** Counts from 0. */
export function columnOf(text: string, at: number): number {
  return at - lineStart(text, at);
}

/** The white space before a place, if nothing else stands before it in its line; else undefined. */
export function indentationBefore(text: string, at: number): string | undefined {
  const before = text.slice(lineStart(text, at), at);
  return /^[ \t]*$/.test(before) ? before : undefined;
}

/** Where the comments begin that stand directly above a line, at the same column; not above `least`. */
export function commentsAbove(text: string, at: number, least: number): number {
  const column = columnOf(text, at);
  let start = lineStart(text, at);
  for (;;) {
    const above = lineStart(text, start - 1);
    if (start === 0 || above < least || commentColumn(text, above) !== column) return start;
    start = above;
  }
}

/** Where the comments end that stand directly below the line of a place and are indented to `least` columns or more. */
export function commentsBelow(text: string, at: number, least: number): number {
  let next = nextLine(text, at);
  while (next < text.length && (commentColumn(text, next) ?? -1) >= least) next = nextLine(text, next);
  return next;
}

/** The same for a block that goes as a whole: empty lines between its comments go with them. */
export function blockEnd(text: string, at: number, least: number): number {
  let end = commentsBelow(text, at, least);
  for (;;) {
    const blank = /(?:[ \t]*\r?\n)+/y;
    blank.lastIndex = end;
    const line = blank.test(text) ? blank.lastIndex : text.length;
    if (line >= text.length || (commentColumn(text, line) ?? -1) < least) return end;
    end = commentsBelow(text, line, least);
  }
}

/** The column of the comment that a line consists of. */
function commentColumn(text: string, start: number): number | undefined {
  const comment = / *(?=#)/y;
  comment.lastIndex = start;
  return comment.exec(text)?.[0].length;
}
