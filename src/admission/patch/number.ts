import { compareNumbers, RegoNumber } from "../../engine/index.ts";

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** No field of Kubernetes has more digits; a number of which so many would have to be written stays as it is. */
const MAX_DIGITS = 400;

/**
 * A number of Rego as Go's encoding/json takes it into an integer field: whole numbers as digits only (`2.0`, `3e1` and
 * `3221225472.00` are refused, and with them the request), others as a 64-bit float has them, which is what comes back.
 */
export function plainNumber(number: RegoNumber): RegoNumber {
  if (!/[.eE]/.test(number.text)) return number;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = NUMBER.exec(number.text) ?? [];
  const power = Number(exponent);
  const decimals = fraction.replace(/0+$/, "");
  if (power < decimals.length) return fraction64(number);
  if (whole.length + power > MAX_DIGITS) return number;
  const digits = (whole + decimals.padEnd(power, "0")).replace(/^0+(?=\d)/, "");
  return new RegoNumber(digits === "0" ? digits : sign + digits);
}

/** `1.10` stays as it is; of `3.33333333333333333` the nearest float comes back as another number. */
function fraction64(number: RegoNumber): RegoNumber {
  const nearest = String(Number(number.text));
  return compareNumbers(nearest, number.text) === 0 ? number : new RegoNumber(nearest);
}
