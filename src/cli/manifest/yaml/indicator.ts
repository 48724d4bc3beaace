import { SourceError } from "../source-error.ts";
import { readBlockScalar } from "./block-scalar.ts";
import { CODE, isBlankBreakOrEnd, isBreak } from "./character.ts";
import { readAnchor, readTag } from "./name.ts";
import { readPlainScalar } from "./plain-scalar.ts";
import { readQuotedScalar } from "./quoted-scalar.ts";
import type { ScanState } from "./scan-state.ts";
import type { NameToken } from "./token.ts";

type Fetch = (state: ScanState) => void;

/** What a character begins; undefined if it does not begin it here, so that it may begin a plain scalar. */
const FETCHES: ReadonlyMap<string, (state: ScanState) => Fetch | undefined> = new Map([
  ["[", () => (state: ScanState) => fetchOpening(state, "sequence-start")],
  ["{", () => (state: ScanState) => fetchOpening(state, "mapping-start")],
  ["]", () => (state: ScanState) => fetchClosing(state, "sequence-end")],
  ["}", () => (state: ScanState) => fetchClosing(state, "mapping-end")],
  [",", () => fetchSeparator],
  ["-", (state) => (isBlankBreakOrEnd(state.cursor.code(1)) ? fetchEntry : undefined)],
  ["?", (state) => (isIndicator(state) ? fetchKey : undefined)],
  [":", (state) => (isIndicator(state) ? fetchValue : undefined)],
  ["*", () => (state: ScanState) => fetchName(state, "alias")],
  ["&", () => (state: ScanState) => fetchName(state, "anchor")],
  ["!", () => (state: ScanState) => fetchName(state, "tag")],
  ["|", (state) => (state.inFlow ? undefined : fetchBlockScalar)],
  [">", (state) => (state.inFlow ? undefined : fetchBlockScalar)],
  ["'", () => (state: ScanState) => fetchQuoted(state, CODE.singleQuote)],
  ['"', () => (state: ScanState) => fetchQuoted(state, CODE.doubleQuote)],
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
    const fetch = FETCHES.get(cursor.text.charAt(cursor.offset))?.(state);
    if (fetch === undefined) fetchPlain(state);
    else fetch(state);
  }
}

/** Inside brackets `?` and `:` are indicators wherever they stand first, also without a space behind them. */
function isIndicator({ cursor, inFlow }: ScanState): boolean {
  return inFlow || isBlankBreakOrEnd(cursor.code(1));
}

/** A tab is white space only where no indentation can be meant. */
function skipToToken(state: ScanState): void {
  const { cursor } = state;
  for (;;) {
    const tabs = state.inFlow || !state.simpleKeyAllowed;
    while (cursor.code() === CODE.space || (tabs && cursor.code() === CODE.tab)) cursor.offset += 1;
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
  if (character === "\t")
    throw new SourceError("a tab is used as indentation, where YAML accepts only spaces", cursor.offset);
  if (RESERVED.includes(character)) {
    throw new SourceError(`"${character}" cannot begin a text without quotes`, cursor.offset);
  }
  state.saveSimpleKey();
  state.simpleKeyAllowed = false;
  const { token, lineEnded } = readPlainScalar(cursor, state.indent + 1, state.inFlow);
  if (lineEnded) state.simpleKeyAllowed = true;
  state.append(token);
}
