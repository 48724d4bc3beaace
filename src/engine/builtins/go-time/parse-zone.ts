import type { Element } from "./layout.ts";
import type { Fields } from "./fields.ts";

/** `+02:00` as the element has it, or `Z` where it begins with one; gives its length. */
export function matchOffset(element: Element, text: string, fields: Fields): number | undefined {
  if (element.startsWith("Z") && text.startsWith("Z")) {
    fields.isUtc = true;
    return 1;
  }
  return matchNumbers(element, text, fields);
}

function matchNumbers(element: Element, text: string, fields: Fields): number | undefined {
  const digits = element.slice(1).replaceAll(/\d\d/g, "(\\d\\d)");
  const found = new RegExp(`^[+-]${digits}`).exec(text);
  if (found === null) return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = found.slice(1).map(Number);
  if (hours > 24 || minutes > 60 || seconds > 60) return undefined;
  const offset = (hours * 60 + minutes) * 60 + seconds;
  fields.offset = text.startsWith("-") ? -offset : offset;
  return found[0].length;
}

/**
 * An abbreviation such as `CEST` or `GMT+3`; gives its length. As in Go, none but `UTC` says anything about the offset,
 * since the same abbreviation is used in several places.
 */
export function matchZoneName(text: string, fields: Fields): number | undefined {
  if (text.startsWith("UTC")) {
    fields.isUtc = true;
    return 3;
  }
  if (/^(?:ChST|MeST)/.test(text)) return 4;
  if (text.startsWith("GMT")) return 3 + signedOffsetLength(text.slice(3));
  if (/^[+-]/.test(text)) return signedOffsetLength(text) || undefined;
  const [letters = ""] = /^[A-Z]{0,6}/.exec(text) ?? [];
  const isName = /^(?:[A-Z]{3}|[A-Z]{3}T|WITA|[A-Z]{4}T)$/.test(letters);
  return isName ? letters.length : undefined;
}

/** `+3` or `-12` up to 23 hours; 0 if there is none. */
function signedOffsetLength(text: string): number {
  const [found = "", digits = ""] = /^[+-](\d+)/.exec(text) ?? [];
  return digits !== "" && Number(digits) <= 23 ? found.length : 0;
}
