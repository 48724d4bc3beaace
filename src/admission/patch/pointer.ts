/** The tokens of a JSON pointer, unescaped; no tokens point to the whole document. */
export type Pointer = readonly string[];

/** `~` is followed by 0 or 1, and by nothing else. */
const INVALID_ESCAPE = /~(?![01])/;

/** Reads a JSON pointer (RFC 6901); undefined if the text is none. */
export function parsePointer(text: string): Pointer | undefined {
  if (text === "") return [];
  if (!text.startsWith("/") || INVALID_ESCAPE.test(text)) return undefined;
  return text
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Writes a pointer so that `parsePointer` reads it back. */
export function formatPointer(pointer: Pointer): string {
  return pointer.map((token) => `/${token.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** The index that a token names in a list: digits without leading zeros (RFC 6901, section 4); undefined for any other. */
export function arrayIndex(token: string): number | undefined {
  return /^(?:0|[1-9]\d*)$/.test(token) ? Number(token) : undefined;
}
