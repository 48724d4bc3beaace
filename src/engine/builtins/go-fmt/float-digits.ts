/** The digits of a positive double: 0.`digits` times 10 to the power of `point`; zero has no digits. */
export interface Digits {
  readonly digits: string;
  readonly point: number;
}

const ZERO: Digits = { digits: "", point: 0 };
const MANTISSA_BITS = 52n;

/** A double taken apart: `mantissa` times 2 to the power of `exponent` minus 52, as in Go's `strconv`. */
export interface Binary {
  readonly mantissa: bigint;
  readonly exponent: number;
}

export function binaryOf(value: number): Binary {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const fraction = BigInt.asUintN(52, bits);
  const biased = Number(bits >> MANTISSA_BITS);
  // Denormal numbers have no implicit top bit.
  if (biased === 0) return { mantissa: fraction, exponent: -1022 };
  return { mantissa: fraction | (1n << MANTISSA_BITS), exponent: biased - 1023 };
}

/** The fewest digits that read back as the same double: JavaScript and Go choose the same ones. */
export function shortestDigits(value: number): Digits {
  if (value === 0) return ZERO;
  const [mantissa = "", exponent = "0"] = Math.abs(value).toExponential().split("e");
  return { digits: mantissa.replace(".", ""), point: Number(exponent) + 1 };
}

/** All digits of the double's exact value. */
export function exactDigits(value: number): Digits {
  if (value === 0) return ZERO;
  const { mantissa, exponent } = binaryOf(value);
  const shift = exponent - Number(MANTISSA_BITS);
  if (shift >= 0) return trimmed((mantissa << BigInt(shift)).toString(), 0);
  // m / 2^n = m * 5^n / 10^n
  return trimmed((mantissa * 5n ** BigInt(-shift)).toString(), shift);
}

function trimmed(digits: string, scale: number): Digits {
  return { digits: digits.replace(/0+$/, ""), point: digits.length + scale };
}

/** Rounds to `count` digits, an exact half to the even neighbour (strconv/decimal.go, Round). */
export function roundDigits(value: Digits, count: number): Digits {
  const { digits, point } = value;
  if (count < 0 || count >= digits.length) return value;
  if (!roundsUp(digits, count)) return trimmed(digits.slice(0, count), point - count);
  const up = count === 0 ? "1" : (BigInt(digits.slice(0, count)) + 1n).toString();
  // 0.99 becomes 1.0: one digit more before the point.
  return trimmed(up, point - count);
}

function roundsUp(digits: string, at: number): boolean {
  const isHalf = digits[at] === "5" && at + 1 === digits.length;
  if (isHalf) return at > 0 && Number(digits[at - 1]) % 2 !== 0;
  return Number(digits[at]) >= 5;
}
