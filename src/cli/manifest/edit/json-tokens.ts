import { CORE_TAG } from "../yaml/name.ts";
import type { Builder } from "../yaml/parser.ts";

const TOKEN = /"(?:[^"\\]+|\\.)*"|[{}[\]]|[^\s,:{}[\]"]+/g;

/** Tells a builder what one JSON value, which is known to be valid, consists of. */
export function readJsonTokens(text: string, builder: Builder): void {
  for (const { 0: token, index: start } of text.matchAll(TOKEN)) {
    const end = start + token.length;
    if (token === "{" || token === "[") {
      builder.open(token === "{" ? "mapping" : "sequence", start, undefined, { style: "flow", body: start });
    } else if (token === "}" || token === "]") builder.close(end);
    else {
      const value = token.startsWith('"') ? String(JSON.parse(token)) : token;
      builder.scalar({
        start,
        first: start,
        end,
        value,
        plain: false,
        tag: `${CORE_TAG}str`,
        anchor: undefined,
      });
    }
  }
}
