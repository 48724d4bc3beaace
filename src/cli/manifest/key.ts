import type { Resolved } from "./scalar.ts";

/**
 * The name that sigs.k8s.io/yaml gives to a key that is no text, or undefined if it refuses the key: null and numbers
 * that only an unsigned integer holds.
 */
export function keyName({ type, text }: Resolved): string | undefined {
  if (type === "null" || type === "uint") return undefined;
  return type === "float" ? floatKey(Number(text)) : text;
}

/** Go's `strconv.FormatFloat(value, 'g', -1, 32)`: as many digits as a 32-bit float needs. */
function floatKey(value: number): string {
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return single > 0 ? ".inf" : "-.inf";
  if (single === 0) return Object.is(single, -0) ? "-0" : "0";
  const [digits = "", power = ""] = shortest(single).split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return String(Number(`${digits}e${power}`));
  return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** The shortest decimal that is still the same 32-bit float, such as `1.1e+0`; nine digits always suffice. */
function shortest(single: number): string {
  for (let decimals = 0; decimals < 8; decimals += 1) {
    const text = single.toExponential(decimals);
    if (Math.fround(Number(text)) === single) return text;
  }
  return single.toExponential(8);
}
