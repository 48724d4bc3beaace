/** Codes of the characters that mean something in YAML. */
export const CODE = {
  end: 0x00,
  tab: 0x09,
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  space: 0x20,
  doubleQuote: 0x22,
  hash: 0x23,
  singleQuote: 0x27,
  comma: 0x2c,
  dash: 0x2d,
  dot: 0x2e,
  colon: 0x3a,
  question: 0x3f,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  openBrace: 0x7b,
  closeBrace: 0x7d,
  nextLine: 0x85,
  lineSeparator: 0x2028,
  paragraphSeparator: 0x2029,
} as const;

/** YAML 1.1 breaks lines at NEL, LS and PS too. */
export function isBreak(code: number): boolean {
  return (
    code === CODE.lineFeed ||
    code === CODE.carriageReturn ||
    code === CODE.nextLine ||
    code === CODE.lineSeparator ||
    code === CODE.paragraphSeparator
  );
}

export function isBlank(code: number): boolean {
  return code === CODE.space || code === CODE.tab;
}

export function isBreakOrEnd(code: number): boolean {
  return code === CODE.end || isBreak(code);
}

export function isBlankBreakOrEnd(code: number): boolean {
  return code <= CODE.space ? isBlank(code) || isBreakOrEnd(code) : code >= CODE.nextLine && isBreak(code);
}

/** What may stand in the name of an anchor. */
export function isWord(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    isDigit(code) ||
    code === 0x5f ||
    code === CODE.dash
  );
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** `,`, `?` and the brackets end a plain scalar inside brackets; that `?` does is a peculiarity of libyaml. */
export function isFlowIndicator(code: number): boolean {
  return (
    code === CODE.comma ||
    code === CODE.question ||
    code === CODE.openBracket ||
    code === CODE.closeBracket ||
    code === CODE.openBrace ||
    code === CODE.closeBrace
  );
}

/** The first character that YAML 1.1 forbids in a stream, or undefined. */
export function forbiddenCharacter(text: string): number | undefined {
  const index = text.search(/[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u);
  return index === -1 ? undefined : index;
}
