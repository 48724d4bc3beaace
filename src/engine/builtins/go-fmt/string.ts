import { type Flags, pad, padding } from "./flags.ts";
import { canBackquote, quote, quoteToAscii } from "./quote.ts";

const utf8 = new TextEncoder();

/** `%s`: the precision cuts code points. */
export function formatString(text: string, flags: Flags): string {
  return pad(truncate(text, flags), flags);
}

/** `%q`; with `#` in backquotes where Go can. */
export function formatQuoted(text: string, flags: Flags): string {
  const shown = truncate(text, flags);
  if (flags.sharp && canBackquote(shown)) return pad(`\`${shown}\``, flags);
  return pad(flags.plus ? quoteToAscii(shown) : quote(shown), flags);
}

/** `%x` and `%X`: the UTF-8 bytes; here the precision cuts bytes. */
export function formatHex(text: string, isUpper: boolean, flags: Flags): string {
  const bytes = utf8.encode(text).slice(0, flags.precision);
  if (bytes.length === 0) return padding(flags.width ?? 0, flags);
  const pairs = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  const prefix = flags.sharp ? "0x" : "";
  const lower = prefix + pairs.join(flags.space ? ` ${prefix}` : "");
  return pad(isUpper ? lower.toUpperCase() : lower, flags);
}

function truncate(text: string, { precision }: Flags): string {
  if (precision === undefined || text.length <= precision) return text;
  return Array.from(text).slice(0, precision).join("");
}
