import type { DecisionNotes } from "../admission/notes.ts";

/** Which builtin functions failed; one line each. */
export function builtinErrorNotes(notes: DecisionNotes | undefined): readonly string[] {
  if (notes === undefined) return [];
  const { builtinErrors, moreBuiltinErrors: more } = notes;
  return [
    ...builtinErrors.map(
      ({ policy, rule, message, count }) =>
        `A builtin function failed in ${rule} of ${policy}${count === 1 ? "" : ` (${count} times)`}, so what depends on it is undefined: ${message}.`,
    ),
    ...(more === 0 ? [] : [`Builtin functions failed ${more} times more.`]),
  ];
}
