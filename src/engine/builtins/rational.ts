/** A fraction, not necessarily reduced; the denominator is positive. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

const DECIMAL = /^([+-]?)(?=\.?\d)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/;

/** What both readers of decimal text need: the value is `mantissa` times 10 to the power of `exponent`. */
export function readScientific(
  text: string,
): { readonly mantissa: bigint; readonly exponent: number } | undefined {
  const found = DECIMAL.exec(text);
  if (found === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = found;
  const mantissa = BigInt(whole + fraction);
  return { mantissa: sign === "-" ? -mantissa : mantissa, exponent: Number(exponent) - fraction.length };
}

/** Go's `big.Rat.SetString` for decimal text: exact. Undefined if the text is no number. */
export function parseRational(text: string): Rational | undefined {
  const read = readScientific(text);
  if (read === undefined) return undefined;
  const power = 10n ** BigInt(Math.abs(read.exponent));
  if (read.mantissa === 0n) return { numerator: 0n, denominator: 1n };
  return read.exponent < 0
    ? { numerator: read.mantissa, denominator: power }
    : { numerator: read.mantissa * power, denominator: 1n };
}

/** An integer as such, else with `digits` digits behind the point, halves rounded away from zero (`Rat.FloatString`). */
export function formatRational({ numerator, denominator }: Rational, digits: number): string {
  if (numerator % denominator === 0n) return String(numerator / denominator);
  const size = numerator < 0n ? -numerator : numerator;
  const scaled = (size * 10n ** BigInt(digits) * 2n + denominator) / (denominator * 2n);
  const text = String(scaled).padStart(digits + 1, "0");
  return `${numerator < 0n ? "-" : ""}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
