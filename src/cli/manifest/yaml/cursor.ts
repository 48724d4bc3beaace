import { SourceError } from "../source-error.ts";
import { CODE, isBlank, isBlankBreakOrEnd, isBreak, isBreakOrEnd } from "./character.ts";

/** Enough ends behind the text that looking three characters ahead needs no check. */
const SENTINEL = "\0\0\0\0";

/** A place in one text that moves forward only, with its line and column. */
export class Cursor {
  readonly text: string;
  offset = 0;
  line = 0;
  private lineStart = 0;

  constructor(text: string) {
    this.text = text + SENTINEL;
  }

  get column(): number {
    return this.offset - this.lineStart;
  }

  code(ahead = 0): number {
    return this.text.charCodeAt(this.offset + ahead);
  }

  atEnd(): boolean {
    return this.code() === CODE.end;
  }

  /** Skips spaces, none of them at or behind the column `end`. */
  skipSpaces(end: number): void {
    while (this.code() === CODE.space && this.column < end) this.offset += 1;
  }

  skipBlanks(): void {
    while (isBlank(this.code())) this.offset += 1;
  }

  /** Skips a comment that begins here, up to the end of its line. */
  skipComment(): void {
    if (this.code() !== CODE.hash) return;
    while (!isBreakOrEnd(this.code())) this.offset += 1;
  }

  /** Passes one line break, if one is here, and gives it as YAML 1.1 keeps it: a line feed, or LS or PS themselves. */
  readBreak(): string {
    const code = this.code();
    if (!isBreak(code)) return "";
    this.offset += code === CODE.carriageReturn ? this.carriageReturnLength() : 1;
    this.line += 1;
    this.lineStart = this.offset;
    return code === CODE.lineSeparator || code === CODE.paragraphSeparator ? String.fromCharCode(code) : "\n";
  }

  /** kubectl removes one CR before each LF and goyaml takes CR LF for one break, so CR CR LF is one too. */
  private carriageReturnLength(): number {
    if (this.code(1) === CODE.lineFeed) return 2;
    return this.code(1) === CODE.carriageReturn && this.code(2) === CODE.lineFeed ? 3 : 1;
  }

  /** Whether a line begins here with `---` or `...`. */
  atDocumentIndicator(): boolean {
    return this.column === 0 && (this.atTriple(CODE.dash) || this.atTriple(CODE.dot));
  }

  private atTriple(code: number): boolean {
    return (
      this.code() === code &&
      this.code(1) === code &&
      this.code(2) === code &&
      isBlankBreakOrEnd(this.code(3))
    );
  }
}

export function tabError(offset: number): SourceError {
  return new SourceError("a tab is used as indentation, where YAML accepts only spaces", offset);
}
