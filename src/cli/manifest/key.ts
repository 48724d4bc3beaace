import type { Resolved } from "./scalar.ts";

/**
 * The name that sigs.k8s.io/yaml gives to a key that is no text, or undefined if it refuses the key: null and numbers
 * that only an unsigned integer holds.
 */
export function keyName({ type, text }: Resolved): string | undefined {
  switch (type) {
    case "string":
    case "int":
    case "bool":
      return text;
    case "float":
      return floatKey(Number(text));
    default:
      return undefined;
  }
}

/** Go's `strconv.FormatFloat(value, 'g', -1, 32)`: as many digits as a 32-bit float needs. */
function floatKey(value: number): string {
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return single > 0 ? ".inf" : "-.inf";
  if (single === 0) return Object.is(value, -0) || value < 0 ? "-0" : "0";
  const [digits = "", exponentText = ""] = shortestOf(single).split("e");
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 21 && exponent < Math.max(digitCount(digits), 6)) return decimal(digits, exponent);
  return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}
