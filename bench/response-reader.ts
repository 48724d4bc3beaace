/** What one answer of a webhook says, as far as a load generator looks. */
export interface ReadAnswer {
  readonly kind: "allowed" | "denied" | "failed";
  /** False if the server closes the connection after this answer. */
  readonly keepAlive: boolean;
}

const HEAD_END = Buffer.from("\r\n\r\n");
const ALLOWED = Buffer.from('"allowed":true');
const DENIED = Buffer.from('"allowed":false');
const EMPTY = Buffer.alloc(0);

/**
 * Takes the bytes of one connection as they come and calls `answered` for each whole HTTP/1.1 response. Reads no more than
 * it must, so that the generator costs little; throws on a response without Content-Length. One for each connection.
 */
export function responseReader(answered: (answer: ReadAnswer) => void): (chunk: Buffer) => void {
  let rest: Buffer = EMPTY;
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let first = firstResponse(rest); first !== undefined; first = firstResponse(rest)) {
      rest = rest.subarray(first.end);
      answered(first.answer);
    }
  };
}

/** The first response and where it ends; undefined while it is not whole. */
function firstResponse(bytes: Buffer): { readonly end: number; readonly answer: ReadAnswer } | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  const head = bytes.toString("latin1", 0, headEnd);
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (length === undefined) throw new Error(`A response has no Content-Length: ${head}`);
  const start = headEnd + HEAD_END.length;
  const end = start + Number(length);
  if (end > bytes.length) return undefined;
  const kind = head.startsWith("HTTP/1.1 200 ") ? verdict(bytes.subarray(start, end)) : "failed";
  return { end, answer: { kind, keepAlive: !/^connection: *close/im.test(head) } };
}

function verdict(body: Buffer): ReadAnswer["kind"] {
  if (body.includes(ALLOWED)) return "allowed";
  return body.includes(DENIED) ? "denied" : "failed";
}
