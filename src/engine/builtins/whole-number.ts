import { RegoNumber, type RegoValue } from "../value.ts";
import { LimitReached } from "./limit-reached.ts";
import { readScientific } from "./rational.ts";

/** OPA takes no number from outside whose exponent is beyond 30,103 (v1/ast/term.go, maxNumberExp, in powers of two). */
const MAX_EXPONENT = 40_000;

/**
 * Throws LimitReached if a number has so great an exponent that it would take seconds to write out; only an input that OPA
 * refuses has one.
 */
export function checkExponent({ text }: RegoNumber): void {
  const exponent = readScientific(text)?.exponent ?? 0;
  if (Math.abs(exponent) > MAX_EXPONENT + text.length)
    throw new LimitReached("would compute a number with an exponent beyond 40,000");
}

/**
 * An integer of any size, however it is written (`1e3`, `2.0`): v1/topdown/builtins/builtins.go, NumberToInt. Throws
 * LimitReached as `checkExponent` does.
 */
export function wholeNumber(value: RegoValue | undefined): bigint | undefined {
  const read = value instanceof RegoNumber ? readScientific(value.text) : undefined;
  if (!(value instanceof RegoNumber) || read === undefined) return undefined;
  const { mantissa, exponent } = read;
  if (mantissa === 0n) return 0n;
  checkExponent(value);
  const power = 10n ** BigInt(Math.abs(exponent));
  if (exponent >= 0) return mantissa * power;
  return mantissa % power === 0n ? mantissa / power : undefined;
}
