import { formatValue } from "../format.ts";
import { RegoNumber, type RegoValue } from "../value.ts";
import { type Builtins, isArray } from "./builtin.ts";
import type { Argument } from "./go-fmt/argument.ts";
import { goSprintf } from "./go-fmt/printf.ts";
import { quote } from "./go-fmt/quote.ts";

/** v1/topdown/strings.go, builtinSprintf. */
export const SPRINTF: Builtins = {
  sprintf: ([format, values]) => {
    if (typeof format !== "string" || !isArray(values)) return undefined;
    return goSprintf(format, values.map(toArgument));
  },
};

/** Strings and numbers go to Go's `fmt` as such, everything else as its text in Rego. */
function toArgument(value: RegoValue): Argument {
  if (typeof value === "string") return { type: "string", value };
  if (value instanceof RegoNumber) return numberArgument(value.text);
  return { type: "string", value: formatValue(value, quote) };
}

/** The text and not the value decides: `1.0` is a float. A float beyond a double's range is shown as it is written. */
function numberArgument(text: string): Argument {
  if (/[.eE]/.test(text)) {
    const float = Number(text);
    return Number.isFinite(float) ? { type: "float64", value: float } : { type: "string", value: text };
  }
  const integer = BigInt(text);
  const isInt64 = BigInt.asIntN(64, integer) === integer;
  return { type: isInt64 ? "int64" : "*big.Int", value: integer };
}
