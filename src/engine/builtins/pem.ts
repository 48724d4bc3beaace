import { decodeBase64 } from "./base64.ts";

/** One block of a PEM file. */
export interface PemBlock {
  /** E.g. `CERTIFICATE`. */
  readonly type: string;
  readonly bytes: Buffer;
  /** The text after the block. */
  readonly rest: string;
}

/** With at most ten headers, so that a text of nothing but headers takes no longer than any other. */
const BLOCK =
  /(?:^|\n)-----BEGIN ([^\n]*?)-----[ \t\r]*\n((?:[^\n:]*:[^\n]*\n){0,10})([A-Za-z0-9+/=\s]*?)-----END \1-----[ \t\r]*(?:\n|$)/;

/** Go's `pem.Decode`: the first block, whatever stands before it. Undefined if there is none. */
export function decodePem(text: string): PemBlock | undefined {
  const found = BLOCK.exec(text);
  const [whole = "", type = "", , body = ""] = found ?? [];
  const bytes = found === null ? undefined : decodeBase64(body.replaceAll(/[ \t]/g, ""));
  if (found === null || bytes === undefined) return undefined;
  return { type, bytes, rest: text.slice(found.index + whole.length) };
}
