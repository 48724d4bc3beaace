import { parseTime } from "../go-time/parse.ts";
import { parseAddress } from "../ip-address.ts";
import { compilePattern } from "../pattern.ts";
import { parseUri } from "../uri.ts";
import { bytesOf } from "../url-escape.ts";
import type { Limits } from "./limits.ts";
import { isMailAddress } from "./mail-address.ts";

const DATE = "2006-01-02";
const TIME = "15:04:05";
const ZONED_TIME = "15:04:05Z07:00";

const LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
const HOSTNAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const UUID = /^[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$/i;
const JSON_POINTER = /^(?:\/(?:[^~/]|~0|~1)*)*$/;
const RELATIVE_JSON_POINTER = /^(?:0|[1-9][0-9]*)(?:#|(?:\/(?:[^~/]|~0|~1)*)*)$/;

/** Every brace that opens is closed. */
const URI_TEMPLATE = /^(?:[^{]|\{[^}]*\})*$/;

/** gojsonschema/format_checkers.go. */
const FORMATS: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ["date", (text) => isTime(text, [DATE])],
  ["time", (text) => isTime(text, [ZONED_TIME, TIME])],
  ["date-time", (text) => isTime(text, [TIME, ZONED_TIME, DATE, `${DATE}T${ZONED_TIME}`])],
  ["hostname", (text) => text.length < 256 && HOSTNAME.test(text)],
  ["email", isMailAddress],
  ["idn-email", isMailAddress],
  ["ipv4", (text) => text.includes(".") && parseAddress(text) !== undefined],
  ["ipv6", (text) => text.includes(":") && parseAddress(text) !== undefined],
  ["uri", isUri],
  ["uri-reference", isUriReference],
  ["iri", isUri],
  ["iri-reference", isUriReference],
  ["uri-template", isUriTemplate],
  ["uuid", (text) => UUID.test(text)],
  ["regex", (text) => text === "" || compilePattern(text) !== undefined],
  ["json-pointer", (text) => JSON_POINTER.test(text)],
  ["relative-json-pointer", (text) => RELATIVE_JSON_POINTER.test(text)],
]);

/** Whether a text is what `format` asks for; every text is of a format that OPA does not know. */
export function isFormat(format: string, text: string, limits: Limits): boolean {
  limits.spendText(text);
  return FORMATS.get(format)?.(text) ?? true;
}

function isTime(text: string, layouts: readonly string[]): boolean {
  return layouts.some((layout) => parseTime(layout, text) !== undefined);
}

function isUri(text: string): boolean {
  return !text.includes("\\") && (parseUri(bytesOf(text))?.scheme ?? "") !== "";
}

function isUriReference(text: string): boolean {
  return !text.includes("\\") && parseUri(bytesOf(text)) !== undefined;
}

function isUriTemplate(text: string): boolean {
  const uri = text.includes("\\") ? undefined : parseUri(bytesOf(text));
  return uri !== undefined && URI_TEMPLATE.test(uri.path);
}
