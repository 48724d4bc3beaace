/** A decimal number taken apart: `sign` times 0.`digits` times 10 to the power of `point`; zero has no digits. */
interface Decimal {
  readonly sign: -1 | 0 | 1;
  /** Without leading and trailing zeros. */
  readonly digits: string;
  readonly point: number;
}

const NUMBER = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/;

/** An integer of so few digits that a double holds it exactly. */
const SMALL_INTEGER = /^-?\d{1,15}$/;

/**
 * Orders two numbers given as text by their exact values: `9007199254740993` is greater than `9007199254740992`, and
 * `1.0` equals `1`. Takes no longer for `1e999999` than for `1`.
 */
export function compareNumbers(a: string, b: string): number {
  if (a === b) return 0;
  if (SMALL_INTEGER.test(a) && SMALL_INTEGER.test(b)) return Number(a) - Number(b);
  const left = readDecimal(a);
  const right = readDecimal(b);
  if (left.sign !== right.sign) return left.sign - right.sign;
  return left.sign < 0 ? compareMagnitudes(right, left) : compareMagnitudes(left, right);
}

function compareMagnitudes(a: Decimal, b: Decimal): number {
  if (a.point !== b.point) return a.point - b.point;
  if (a.digits === b.digits) return 0;
  return a.digits < b.digits ? -1 : 1;
}

function readDecimal(text: string): Decimal {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = NUMBER.exec(text) ?? [];
  const significant = (whole + fraction).replace(/^0+/, "");
  const digits = significant.replace(/0+$/, "");
  if (digits === "") return { sign: 0, digits, point: 0 };
  const point = significant.length - fraction.length + Number(exponent);
  return { sign: sign === "-" ? -1 : 1, digits, point };
}
