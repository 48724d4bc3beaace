import { SourceError } from "../source-error.ts";
import { readBlockScalar } from "./block-scalar.ts";
import { CODE, isBlankBreakOrEnd, isBreak } from "./character.ts";
import { tabError } from "./cursor.ts";
import { readAnchor, readTag } from "./name.ts";
import { readPlainScalar } from "./plain-scalar.ts";
import { readQuotedScalar } from "./quoted-scalar.ts";
import type { ScanState } from "./scan-state.ts";
import type { NameToken } from "./token.ts";

type Fetch = (state: ScanState) => void;

/** What a character begins, where the condition holds; else it may begin a plain scalar. */
interface Indicator {
  readonly fetch: Fetch;
  readonly when: (state: ScanState) => boolean;
}

const always = (): boolean => true;

const INDICATORS: ReadonlyMap<string, Indicator> = new Map<string, Indicator>([
  ["[", { fetch: (state) => fetchOpening(state, "sequence-start"), when: always }],
  ["{", { fetch: (state) => fetchOpening(state, "mapping-start"), when: always }],
  ["]", { fetch: (state) => fetchClosing(state, "sequence-end"), when: always }],
  ["}", { fetch: (state) => fetchClosing(state, "mapping-end"), when: always }],
  [",", { fetch: fetchSeparator, when: always }],
  ["-", { fetch: fetchEntry, when: ({ cursor }) => isBlankBreakOrEnd(cursor.code(1)) }],
  ["?", { fetch: fetchKey, when: isFollowedByBlankOrInFlow }],
  [":", { fetch: fetchValue, when: isFollowedByBlankOrInFlow }],
  ["*", { fetch: (state) => fetchName(state, "alias"), when: always }],
  ["&", { fetch: (state) => fetchName(state, "anchor"), when: always }],
  ["!", { fetch: (state) => fetchName(state, "tag"), when: always }],
  ["|", { fetch: fetchBlockScalar, when: ({ inFlow }) => !inFlow }],
  [">", { fetch: fetchBlockScalar, when: ({ inFlow }) => !inFlow }],
  ["'", { fetch: (state) => fetchQuoted(state, CODE.singleQuote), when: always }],
  ['"', { fetch: (state) => fetchQuoted(state, CODE.doubleQuote), when: always }],
]);

/** Characters that YAML keeps for itself: a plain scalar cannot begin with them. */
const RESERVED = ",[]{}#&*!|>'\"%@`";

/** Reads the next token, or several, into the queue. */
export function fetchToken(state: ScanState): void {
  skipToToken(state);
  const { cursor } = state;
  state.unindentTo(cursor.column);
  if (cursor.atEnd()) fetchEnd(state);
  else if (cursor.atDocumentIndicator()) {
    fetchDocumentIndicator(state, cursor.code() === CODE.dash ? "document-start" : "document-end");
  } else {
    const indicator = INDICATORS.get(cursor.text.charAt(cursor.offset));
    if (indicator?.when(state) === true) indicator.fetch(state);
    else fetchPlain(state);
  }
}

/** Inside brackets `?` and `:` are indicators also without a space behind them. */
function isFollowedByBlankOrInFlow({ cursor, inFlow }: ScanState): boolean {
  return inFlow || isBlankBreakOrEnd(cursor.code(1));
}

/** A tab is white space only where no indentation can be meant. */
function skipToToken(state: ScanState): void {
  const { cursor } = state;
  for (;;) {
    if (state.inFlow || !state.simpleKeyAllowed) cursor.skipBlanks();
    else cursor.skipSpaces(Number.POSITIVE_INFINITY);
    cursor.skipComment();
    if (!isBreak(cursor.code())) return;
    cursor.readBreak();
    if (!state.inFlow) state.simpleKeyAllowed = true;
  }
}

function fetchEnd(state: ScanState): void {
  state.unindentTo(-1);
  state.removeSimpleKey();
  state.simpleKeyAllowed = false;
  state.appendIndicator("stream-end", 0);
}

function fetchDocumentIndicator(state: ScanState, type: "document-start" | "document-end"): void {
  state.unindentTo(-1);
  state.removeSimpleKey();
  state.simpleKeyAllowed = false;
  state.appendIndicator(type, 3);
}

function fetchOpening(state: ScanState, type: "sequence-start" | "mapping-start"): void {
  state.saveSimpleKey();
  state.openBrackets();
  state.simpleKeyAllowed = true;
  state.appendIndicator(type, 1);
}

function fetchClosing(state: ScanState, type: "sequence-end" | "mapping-end"): void {
  state.removeSimpleKey();
  state.closeBrackets();
  state.simpleKeyAllowed = false;
  state.appendIndicator(type, 1);
}

function fetchSeparator(state: ScanState): void {
  state.removeSimpleKey();
  state.simpleKeyAllowed = true;
  state.appendIndicator("separator", 1);
}

function fetchEntry(state: ScanState): void {
  requireLineStart(state, "a list item cannot begin in the middle of a line");
  state.indentTo(state.cursor.column, "block-sequence-start");
  state.removeSimpleKey();
  state.simpleKeyAllowed = true;
  state.appendIndicator("entry", 1);
}

function fetchKey(state: ScanState): void {
  requireLineStart(state, "a key cannot begin in the middle of a line");
  state.indentTo(state.cursor.column, "block-mapping-start");
  state.removeSimpleKey();
  state.simpleKeyAllowed = !state.inFlow;
  state.appendIndicator("key", 1);
}

function fetchValue(state: ScanState): void {
  if (state.insertSimpleKey()) {
    state.simpleKeyAllowed = false;
  } else {
    requireLineStart(state, "a second `:` in one line, or one below a text, needs quotes around the text");
    state.indentTo(state.cursor.column, "block-mapping-start");
    state.simpleKeyAllowed = !state.inFlow;
  }
  state.appendIndicator("value", 1);
}

function requireLineStart(state: ScanState, message: string): void {
  if (!state.inFlow && !state.simpleKeyAllowed) throw new SourceError(message, state.cursor.offset);
}

function fetchName(state: ScanState, type: NameToken["type"]): void {
  state.saveSimpleKey();
  state.simpleKeyAllowed = false;
  state.append(type === "tag" ? readTag(state.cursor) : readAnchor(state.cursor, type));
}

function fetchBlockScalar(state: ScanState): void {
  state.removeSimpleKey();
  state.simpleKeyAllowed = true;
  state.append(readBlockScalar(state.cursor, state.indent));
}

function fetchQuoted(state: ScanState, quote: number): void {
  state.saveSimpleKey();
  state.simpleKeyAllowed = false;
  state.append(readQuotedScalar(state.cursor, quote));
}

function fetchPlain(state: ScanState): void {
  const { cursor } = state;
  const character = cursor.text.charAt(cursor.offset);
  if (character === "\t") throw tabError(cursor.offset);
  if (RESERVED.includes(character)) {
    throw new SourceError(`"${character}" cannot begin a text without quotes`, cursor.offset);
  }
  state.saveSimpleKey();
  state.simpleKeyAllowed = false;
  const { token, lineEnded } = readPlainScalar(cursor, state.indent + 1, state.inFlow);
  if (lineEnded) state.simpleKeyAllowed = true;
  state.append(token);
}
