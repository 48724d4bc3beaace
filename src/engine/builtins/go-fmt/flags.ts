/** The flags, width and precision of one verb, as Go's `fmt` keeps them (fmt/format.go, fmtFlags). */
export interface Flags {
  readonly minus: boolean;
  readonly plus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  /** `%+v` and `%#v`: Go then clears `plus` and `sharp`. */
  readonly plusV: boolean;
  readonly sharpV: boolean;
  /** In characters; undefined if absent. */
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

export const NO_FLAGS: Flags = {
  minus: false,
  plus: false,
  sharp: false,
  space: false,
  zero: false,
  plusV: false,
  sharpV: false,
  width: undefined,
  precision: undefined,
};

/** Fills `text` up to the width, counted in code points. Zeros go only to the left, but before any text: `%05s` too. */
export function pad(text: string, flags: Flags): string {
  if (flags.width === undefined) return text;
  const missing = padding(flags.width - runeCount(text), flags);
  return flags.minus ? text + missing : missing + text;
}

/** `pad` where zeros were already put behind the sign. */
export function padWithSpaces(text: string, flags: Flags): string {
  return pad(text, { ...flags, zero: false });
}

export function padding(count: number, flags: Flags): string {
  return (flags.zero && !flags.minus ? "0" : " ").repeat(Math.max(count, 0));
}

function runeCount(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
