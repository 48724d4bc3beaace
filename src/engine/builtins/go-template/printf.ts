import { goSprintf } from "../go-fmt/printf.ts";
import { LimitReached } from "../limit-reached.ts";
import { type Datum, format, toArgument } from "./data.ts";
import { TemplateError } from "./template-error.ts";

/** A verb, without what takes arguments of its own (`*`, `[1]`). */
const VERB = /%[-+# 0]*\d*(?:\.\d*)?([^\d.[*])/gu;

/**
 * Go's `fmt.Sprintf`. What is neither a text nor a number can be written by a plain `%v` only, and `%t` for true and false;
 * throws LimitReached if it is to be written otherwise.
 */
export function formatWith(text: Datum, args: readonly Datum[]): string {
  if (typeof text !== "string") throw new TemplateError("printf of what is no text");
  const known = args.flatMap((arg) => toArgument(arg) ?? []);
  if (known.length === args.length) return goSprintf(text, known);
  if (/%[^%a-zA-Z]*[[*]/.test(text))
    throw new LimitReached("would write a list, an object, true or false by its number");
  let next = 0;
  const prepared = text.replaceAll(VERB, (directive, verb: string) => {
    if (verb === "%") return directive;
    const arg = args[next];
    const isKnown = next >= args.length || toArgument(arg) !== undefined;
    next += 1;
    return isKnown ? directive : written(arg, directive).replaceAll("%", "%%");
  });
  if (args.slice(next).some((arg) => toArgument(arg) === undefined))
    throw new LimitReached("would write a list, an object, true or false without a verb");
  return goSprintf(prepared, known);
}

function written(arg: Datum, directive: string): string {
  if (directive === "%v" || (directive === "%t" && typeof arg === "boolean")) return format(arg);
  throw new LimitReached("would write a list, an object, true or false by another verb than %v and %t");
}
