import {
  type Binary,
  binaryOf,
  type Digits,
  exactDigits,
  roundDigits,
  shortestDigits,
} from "./float-digits.ts";
import { type Flags, pad, padding } from "./flags.ts";

/** How `strconv.AppendFloat` writes: the verbs of `fmt` with `v`, `F` and the like already mapped. */
export type FloatFormat = "b" | "e" | "E" | "f" | "g" | "G" | "x" | "X";

/** A float by one verb (fmt/format.go, fmtFloat). `precision` -1 means as few digits as needed. */
export function formatFloat(value: number, format: FloatFormat, precision: number, flags: Flags): string {
  const wanted = flags.precision ?? precision;
  const unsigned = appendFloat(value, format, wanted);
  const isNegative = value < 0 || Object.is(value, -0);
  const shown = flags.sharp && format !== "b" ? withPoint(unsigned, format, wanted) : unsigned;
  const sign = isNegative ? "-" : positiveSign(flags);
  // The sign goes before the zeros.
  if (sign !== "" && flags.zero && !flags.minus) {
    return sign + padding((flags.width ?? 0) - sign.length - shown.length, flags) + shown;
  }
  return pad(sign + shown, flags);
}

function positiveSign(flags: Flags): string {
  if (flags.plus) return "+";
  return flags.space ? " " : "";
}

/** Go's `strconv.FormatFloat` of the absolute value. */
function appendFloat(value: number, format: FloatFormat, precision: number): string {
  if (format === "b") return formatBinary(binaryOf(value));
  if (format === "x" || format === "X") return formatHexadecimal(binaryOf(value), format, precision);
  if (precision < 0) {
    const shortest = shortestDigits(value);
    return formatDigits(shortest, format, shortestPrecision(shortest, format), true);
  }
  const wanted = (format === "g" || format === "G") && precision === 0 ? 1 : precision;
  const exact = exactDigits(value);
  return formatDigits(roundDigits(exact, digitCount(exact, format, wanted)), format, wanted, false);
}

function digitCount({ point }: Digits, format: FloatFormat, precision: number): number {
  if (format === "f") return point + precision;
  return format === "e" || format === "E" ? precision + 1 : precision;
}

function shortestPrecision({ digits, point }: Digits, format: FloatFormat): number {
  if (format === "f") return Math.max(digits.length - point, 0);
  return format === "e" || format === "E" ? Math.max(digits.length - 1, 0) : digits.length;
}

/** strconv/ftoa.go, formatDigits. */
function formatDigits(value: Digits, format: FloatFormat, precision: number, isShortest: boolean): string {
  const { digits, point } = value;
  if (format === "e" || format === "E") return scientific(value, format, precision);
  if (format === "f") return fixed(value, precision);
  const exponent = point - 1;
  if (exponent < -4 || exponent >= (isShortest ? 6 : exponentLimit(value, precision))) {
    return scientific(value, format === "g" ? "e" : "E", Math.min(precision, digits.length) - 1);
  }
  return fixed(value, Math.max((precision > point ? digits.length : precision) - point, 0));
}

/** From this exponent on `%g` is written as `%e`. */
function exponentLimit({ digits, point }: Digits, precision: number): number {
  return precision > digits.length && digits.length >= point ? digits.length : precision;
}

function scientific({ digits, point }: Digits, letter: "e" | "E", precision: number): string {
  const fraction = precision > 0 ? `.${digits.slice(1, precision + 1).padEnd(precision, "0")}` : "";
  const exponent = digits === "" ? 0 : point - 1;
  const size = String(Math.abs(exponent)).padStart(2, "0");
  return `${digits[0] ?? "0"}${fraction}${letter}${exponent < 0 ? "-" : "+"}${size}`;
}

function fixed({ digits, point }: Digits, precision: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0";
  if (precision <= 0) return whole;
  const fraction = point > 0 ? digits.slice(point) : "0".repeat(Math.min(-point, precision)) + digits;
  return `${whole}.${fraction.slice(0, precision).padEnd(precision, "0")}`;
}

function formatBinary({ mantissa, exponent }: Binary): string {
  const power = exponent - 52;
  return `${mantissa}p${power >= 0 ? "+" : ""}${power}`;
}

/** `0x1.yyyp±dd` (strconv/ftoa.go, fmtX): the leading 1 is shifted to bit 60, then 15 hexadecimal digits follow. */
function formatHexadecimal(binary: Binary, letter: "x" | "X", precision: number): string {
  const { mantissa, exponent } = roundHexadecimal(binary, precision);
  const fraction = (mantissa & ((1n << 60n) - 1n)).toString(16).padStart(15, "0");
  const digits =
    precision < 0 ? fraction.replace(/0+$/, "") : fraction.padEnd(precision, "0").slice(0, precision);
  const power = String(Math.abs(exponent)).padStart(2, "0");
  const lower = `0x${mantissa >> 60n}${digits === "" ? "" : `.${digits}`}p${exponent < 0 ? "-" : "+"}${power}`;
  return letter === "X" ? lower.toUpperCase() : lower;
}

function roundHexadecimal(binary: Binary, precision: number): Binary {
  if (binary.mantissa === 0n) return { mantissa: 0n, exponent: 0 };
  const length = binary.mantissa.toString(2).length;
  const exponent = binary.exponent - (53 - length);
  const mantissa = binary.mantissa << BigInt(61 - length);
  if (precision < 0 || precision >= 15) return { mantissa, exponent };
  const dropped = BigInt(60 - precision * 4);
  const kept = mantissa >> dropped;
  // Half to even: the parity of what is kept breaks the tie.
  const rest = (mantissa << BigInt(precision * 4)) & ((1n << 60n) - 1n);
  const rounded = ((rest | (kept & 1n)) > 1n << 59n ? kept + 1n : kept) << dropped;
  return rounded >> 61n === 0n
    ? { mantissa: rounded, exponent }
    : { mantissa: rounded >> 1n, exponent: exponent + 1 };
}

/** The flag `#`: always a decimal point, and `%g` keeps the zeros that its precision (6 by default) asks for. */
function withPoint(number: string, format: FloatFormat, precision: number): string {
  const isHex = format === "x" || format === "X";
  const tailAt = number.search(isHex ? /[pP]/ : /[eE]/);
  const head = tailAt < 0 ? number : number.slice(0, tailAt);
  const tail = tailAt < 0 ? "" : number.slice(tailAt);
  const pointed = head.includes(".") ? head : `${head}.`;
  const wanted = format === "g" || format === "G" || format === "x" ? (precision < 0 ? 6 : precision) : 0;
  return pointed + "0".repeat(Math.max(wanted - significantDigits(head), 0)) + tail;
}

/** As Go counts them: from the first character that is not zero (the `x` of `0x` is one), and a lone `0` as one. */
function significantDigits(head: string): number {
  if (head === "0") return 1;
  return head.replace(".", "").replace(/^0+/, "").length;
}
