import { TemplateError } from "./template-error.ts";

const ESCAPE = /\\(?:([abfnrtv\\'"])|x([\da-fA-F]{2})|([0-7]{3})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([^]?))/g;
const SINGLE: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/**
 * Go's `strconv.Unquote`, of texts in quotes of any kind. Throws TemplateError for an unknown escape, and for one that
 * makes a byte that is no character.
 */
export function unquote(quoted: string): string {
  const text = quoted.slice(1, -1);
  const mark = quoted.charAt(0);
  if (mark === "`") return text.replaceAll("\r", "");
  return text.replaceAll(ESCAPE, (_, ...groups: readonly (string | undefined)[]) => {
    const [single, byte, octal, short, long] = groups;
    if (single !== undefined) return unescapeSingle(single, mark);
    if (byte !== undefined) return character(Number.parseInt(byte, 16), 0x7f);
    if (octal !== undefined) return character(Number.parseInt(octal, 8), 0x7f);
    return character(Number.parseInt(short ?? long ?? "", 16), 0x10ffff);
  });
}

function unescapeSingle(escape: string, mark: string): string {
  if ((escape === "'" || escape === '"') && escape !== mark) throw new TemplateError("invalid syntax");
  return SINGLE[escape] ?? escape;
}

/** A NaN is no character either. */
function character(code: number, greatest: number): string {
  if (!(code <= greatest) || (code >= 0xd800 && code <= 0xdfff)) throw new TemplateError("invalid syntax");
  return String.fromCodePoint(code);
}

const INTEGER = /^([+-]?)(?:0[xX]([\da-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9]\d*))$/;
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * Numbers as Go writes them: an integer of 64 bits, or a float if it has a point or an exponent. Throws TemplateError for
 * any other, and for hexadecimal floats.
 */
export function readNumber(text: string): bigint | number {
  const digits = text.replaceAll(/(?<=[\da-fA-FxXoObB])_(?=[\da-fA-F])/g, "");
  const found = INTEGER.exec(digits);
  if (found !== null) return readInteger(found);
  const float = FLOAT.test(digits) && /[.eE]/.test(digits) ? Number(digits) : Number.NaN;
  if (!Number.isFinite(float)) throw new TemplateError("illegal number syntax");
  return float;
}

function readInteger([, sign, hex, binary, octal, decimal = ""]: readonly (string | undefined)[]): bigint {
  const size = BigInt(prefixed("0x", hex) ?? prefixed("0b", binary) ?? prefixed("0o", octal) ?? decimal);
  const integer = sign === "-" ? -size : size;
  if (BigInt.asIntN(64, integer) !== integer) throw new TemplateError("integer overflow");
  return integer;
}

function prefixed(prefix: string, digits: string | undefined): string | undefined {
  return digits === undefined ? undefined : prefix + digits;
}
