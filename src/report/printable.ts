/**
 * Characters that act on a terminal or on the reading order instead of being seen: controls (an escape sequence
 * could rewrite what stands above it), format characters (bidirectional overrides show code in another order than
 * it runs), separators, and half surrogate pairs.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text from a manifest or a policy, safe for a terminal: every unprintable character as `\u001b`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escapeUnits);
}

/** JSON text that stays the same value but cannot act on a terminal; `JSON.stringify` leaves DEL, C1 and bidi in. */
export function printableJson(text: string): string {
  // Outside of strings JSON text has no such character but the line feeds of its indentation.
  return text.replace(UNPRINTABLE, (character) => (character === "\n" ? character : escapeUnits(character)));
}

function escapeUnits(character: string): string {
  let escaped = "";
  for (let index = 0; index < character.length; index += 1) {
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }
  return escaped;
}
