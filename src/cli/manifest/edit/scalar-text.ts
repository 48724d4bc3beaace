import { isList } from "../../../admission/patch/json.ts";
import { RegoNumber, RegoObject, type RegoValue } from "../../../engine/index.ts";
import { constructYaml } from "../construct.ts";
import { jsonText } from "../json-text.ts";
import { SourceError } from "../source-error.ts";

/** What YAML takes only as an escape, or what nobody would see. */
const INVISIBLE = /[\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]/g;

/** Texts that kubectl reads as such, but that other readers of YAML take for dates, times, numbers or merges. */
const AMBIGUOUS = /^(?:[-+.]?\d[\d_.,:eE+\-xXa-fA-FoOTZ ]*|=|<<)$/;

/** A text at whose beginning no character of YAML stands. */
const PLAIN = /^(?:[\p{L}\p{N}/._$(~^\\+<=;]|--?[^\s-])/u;

/** In double quotes, as JSON and YAML both read it. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(
    INVISIBLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A scalar or an empty collection in one line; `inFlow` if brackets stand around it. */
export function scalarText(value: RegoValue, inFlow: boolean): string {
  if (typeof value === "string") return stringText(value, inFlow);
  if (value instanceof RegoNumber) return value.text;
  if (value instanceof RegoObject) return "{}";
  return isList(value) ? "[]" : JSON.stringify(value);
}

/** A text without quotes where kubectl and every other reader of YAML read the same text, else quoted. */
export function stringText(text: string, inFlow: boolean): string {
  if (!AMBIGUOUS.test(text) && PLAIN.test(text) && isReadBack(text, inFlow)) return text;
  const escapes = /["\\]/.test(text) && !/[^ -~\u00a1-\ud7ff\ue000-\ufdff]/.test(text);
  return escapes ? `'${text.replaceAll("'", "''")}'` : quoted(text);
}

function isReadBack(text: string, inFlow: boolean): boolean {
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)) return false;
  const [json, pair] = [JSON.stringify(text), `${text}: ${text}\n`];
  try {
    const value = constructYaml(inFlow ? `{${pair}}\n` : pair, 0);
    return value !== undefined && jsonText(value) === `{${json}:${json}}`;
  } catch (error) {
    if (error instanceof SourceError) return false;
    throw error;
  }
}

/** The header and the lines of a text as a `|` block; undefined if quotes suit it better. */
export function blockText(
  text: string,
): { readonly header: string; readonly lines: readonly string[] } | undefined {
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  const lines = body.split("\n");
  const [first = ""] = lines;
  const isSuited = lines.every(
    (line) => line === "" || (/\S$/.test(line) && !/[^ -~\u00a1-\ud7ff]/.test(line)),
  );
  if (!text.includes("\n") || !isSuited || !/^\S/.test(first) || body.endsWith("\n")) return undefined;
  return { header: text.endsWith("\n") ? "|" : "|-", lines };
}
