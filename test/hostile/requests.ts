import fc from "fast-check";
import { BODIES } from "./bodies.ts";
import { REVIEWS } from "./reviews.ts";

const small = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...REVIEWS).map((text) => Buffer.from(text)) },
  ...Object.entries(BODIES)
    .filter(([kind]) => kind !== "7 MiB of brackets" && kind !== "deep nesting")
    .map(([, body]) => body),
);
const method = fc.constantFrom(
  ...Array<string>(12).fill("POST"),
  "GET",
  "PUT",
  "HEAD",
  "OPTIONS",
  "DELETE",
  "PATCH",
);
const url = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom("/validate", "/mutate", "/validate?timeout=10s", "/mutate?timeout=-1h"),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "/",
      "/validate/",
      "/Validate",
      "//validate",
      "/%76alidate",
      "/%",
      "/validate?%",
      "/validate#x",
      "*",
      "http://x/validate",
      "/none?<script>alert(1)</script>",
      "/livez",
      "/../validate",
      "/validate?timeout=9e99s",
    ),
  },
);
const header = fc.oneof(
  fc.constantFrom(
    "Content-Encoding: gzip",
    "Content-Encoding: identity",
    "Content-Type: application/yaml",
    "Accept: text/html",
    "Connection: close",
    "Connection: keep-alive",
    "Upgrade: websocket",
    "Expect: 100-continue",
    "Expect: tea",
    "Content-Length: 5",
    "Content-Length: 99999999999",
    "Content-Length: -1",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip",
    "Host: y",
    "Range: bytes=0-1",
    "__proto__: x",
    "X: \u0000",
    "Cookie: a=b",
  ),
  fc.string({ maxLength: 12 }).map((text) => `X-Odd: ${text}`),
);

/** A body as it is sent, with the header that tells its length. */
interface Framed {
  readonly length: string;
  readonly sent: Buffer;
}

const CHUNKED = "Transfer-Encoding: chunked";

/** How a request lets its body arrive. */
const FRAMINGS: readonly (readonly [name: string, frame: (body: Buffer) => Framed])[] = [
  ["with its length", (body) => ({ length: `Content-Length: ${body.length}`, sent: body })],
  ["with a length too small", (body) => ({ length: `Content-Length: ${body.length >> 1}`, sent: body })],
  ["with a length too great", (body) => ({ length: `Content-Length: ${body.length + 7}`, sent: body })],
  ["in chunks", (body) => ({ length: CHUNKED, sent: chunked(body) })],
  ["in chunks without an end", (body) => ({ length: CHUNKED, sent: chunked(body).subarray(0, -5) })],
  ["as chunks that are none", (body) => ({ length: CHUNKED, sent: body })],
  ["without a length", (body) => ({ length: "X: y", sent: body })],
];

function chunked(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0, size = 1; at < body.length; at += size, size = (size * 5) % 97) {
    const piece = body.subarray(at, at + size);
    parts.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n"));
  }
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}

/** One request as bytes, and what kind it is. */
export interface HostileRequest {
  readonly kind: string;
  readonly bytes: Buffer;
}

const framedRequest: fc.Arbitrary<HostileRequest> = fc
  .record({
    method,
    url,
    headers: fc.array(header, { maxLength: 2 }),
    plain: fc.boolean(),
    framing: fc.constantFrom(...FRAMINGS),
    payload: small,
  })
  .map(({ method: verb, url: target, headers, plain, framing: [name, frame], payload }) => {
    const { length, sent } = frame(payload);
    const lines = [`${verb} ${target} HTTP/1.1`, "Host: x", "Content-Type: application/json", length];
    const head = [...lines, ...(plain ? [] : headers), "", ""].join("\r\n");
    return { kind: `a body ${name}`, bytes: Buffer.concat([Buffer.from(head, "latin1"), sent]) };
  });

const pipelined: fc.Arbitrary<HostileRequest> = fc
  .array(framedRequest, { minLength: 2, maxLength: 5 })
  .map((requests) => ({
    kind: "several requests at once",
    bytes: Buffer.concat(requests.map(({ bytes }) => bytes)),
  }));

const garbage: fc.Arbitrary<HostileRequest> = fc
  .oneof(
    fc.uint8Array({ minLength: 1, maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
    fc.tuple(framedRequest, fc.nat(120), fc.nat(255)).map(([{ bytes }, at, byte]) => {
      const copy = Buffer.from(bytes);
      copy[at % copy.length] = byte;
      return copy;
    }),
  )
  .map((bytes) => ({ kind: "bytes that are no HTTP, or hardly", bytes }));

/** Requests as they come over a connection. */
export const REQUESTS: fc.Arbitrary<HostileRequest> = fc.oneof(
  { weight: 6, arbitrary: framedRequest },
  { weight: 2, arbitrary: pipelined },
  { weight: 2, arbitrary: garbage },
);

/** What a listener is given when Node has read the head of a request. */
export interface ReadRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly pieces: readonly Buffer[];
}

export const READ_REQUESTS: fc.Arbitrary<ReadRequest> = fc.record({
  method,
  url,
  headers: fc.record(
    {
      "content-type": fc.constantFrom(
        "application/json",
        "application/json",
        "application/json; charset=utf-8",
        "text/html",
      ),
      "content-encoding": fc.constantFrom("identity", "identity", "gzip"),
      accept: fc.constantFrom("text/html", "application/json"),
    },
    { requiredKeys: ["content-type"] },
  ),
  pieces: fc.tuple(small, fc.nat(), fc.nat()).map(([body, a, b]) => {
    const [first = 0, second = 0] = [a % (body.length + 1), b % (body.length + 1)].sort((x, y) => x - y);
    return [body.subarray(0, first), body.subarray(first, second), body.subarray(second)];
  }),
});
