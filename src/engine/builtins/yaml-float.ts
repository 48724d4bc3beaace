/** Digits of which some number gives back any double, and any float of 32 bits. */
const MOST_DIGITS = { double: 17, single: 9 };

/** Go's `FormatFloat(x, 'g', -1, 64)`: an exponent from a million on. */
export function floatText(value: number): string {
  return shortest(value, MOST_DIGITS.double, (text) => Number(text) === value);
}

/** The same for 32 bits. */
export function singleFloatText(value: number): string {
  return shortest(value, MOST_DIGITS.single, (text) => Math.fround(Number(text)) === Math.fround(value));
}

function shortest(value: number, most: number, isExact: (text: string) => boolean): string {
  const texts = Array.from({ length: most }, (_, digits) => value.toExponential(digits));
  const [mantissa = "", exponent = "0"] = (texts.find(isExact) ?? String(value)).split("e");
  const power = Number(exponent);
  const sign = Object.is(value, -0) ? "-" : "";
  if (power >= -4 && power < 6) return sign + String(Number(`${mantissa}e${power}`));
  return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}
