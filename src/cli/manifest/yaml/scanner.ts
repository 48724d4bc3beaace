import { fetchToken } from "./indicator.ts";
import { ScanState } from "./scan-state.ts";
import type { Token } from "./token.ts";

/** Turns one document into tokens on demand. Throws SourceError where the text is no YAML. */
export class Scanner {
  private readonly state: ScanState;

  constructor(text: string) {
    this.state = new ScanState(text);
  }

  /** The next token, which stays until it is taken. */
  peek(): Token {
    for (;;) {
      const token = this.state.next();
      if (token !== undefined) return token;
      fetchToken(this.state);
    }
  }

  take(): void {
    this.state.take();
  }
}
