import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { REVIEWS } from "./reviews.ts";

const TEMPLATES = REVIEWS.map((text) => Buffer.from(text));
const PACKED = TEMPLATES.map((bytes) => gzipSync(bytes));

const template = fc.constantFrom(...TEMPLATES);
const review = fc.constantFrom(...REVIEWS);

/** Bytes that are in no UTF-8 text: a stray byte, an overlong form, half a surrogate pair, a cut sequence. */
const NOT_UTF8 = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x98]].map((bytes) =>
  Buffer.from(bytes),
);

function inserted(bytes: Buffer, at: number, what: Buffer): Buffer {
  const place = at % (bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, place), what, bytes.subarray(place)]);
}

const PROTOTYPE_KEYS = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "__defineGetter__",
];
const NUMBERS = [
  "1e999999",
  "-0",
  "1E400",
  "-1e-999",
  "123456789012345678901234567890",
  "0.1e1",
  "9".repeat(400),
  "1".repeat(9_000),
];
const SURROGATES = [
  "\\ud800",
  "\\udc00",
  "\\ud83d\\ude00",
  "\\uD800\\uD800",
  "\\\\ud800",
  "\\u0000",
  "\\ufeff",
];

const odd = fc.oneof(
  fc.json({ maxDepth: 3 }),
  fc.constantFrom(...NUMBERS),
  fc.array(fc.constantFrom(...SURROGATES), { maxLength: 4 }).map((parts) => `"${parts.join("")}"`),
);
const oddKey = fc.oneof(
  fc.constantFrom(...PROTOTYPE_KEYS.map((key) => `"${key}"`)),
  fc
    .constantFrom("request", "object", "kind", "spec", "apiVersion", "uid", "operation")
    .map((key) => `"${key}"`),
  fc.constantFrom(...SURROGATES).map((escape) => `"${escape}"`),
  fc.string({ maxLength: 5 }).map((key) => JSON.stringify(key)),
);

/** A review with members that nobody expects, put in before or behind those that are there. */
function withMember(key: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<Buffer> {
  return fc.tuple(review, key, value, fc.nat(), fc.boolean()).map(([text, name, json, nth, first]) => {
    const braces = [...text.matchAll(first ? /\{(?=")/g : /(?<=["\d\]el])\}/g)].map(({ index }) => index);
    const at = braces[nth % braces.length] ?? 0;
    return first
      ? Buffer.from(`${text.slice(0, at + 1)}${name}:${json},${text.slice(at + 1)}`)
      : Buffer.from(`${text.slice(0, at)},${name}:${json}${text.slice(at)}`);
  });
}

function nested(open: string, close: string, depth: number, closed: boolean): string {
  return open.repeat(depth) + (closed ? `1${close.repeat(depth)}` : "");
}

const deep = fc
  .tuple(
    fc.constantFrom(["[", "]"], ['{"a":', "}"]),
    fc.integer({ min: 1, max: 30_000 }),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([[open = "", close = ""], depth, closed, within]) => {
    const text = nested(open, close, depth, closed);
    return Buffer.from(within ? (REVIEWS[0] ?? "").replace('"app"', text) : text);
  });

/** Every way in which a body can be bad, by name. */
export const BODIES: Readonly<Record<string, fc.Arbitrary<Buffer>>> = {
  "a review with one byte changed": fc.tuple(template, fc.nat(), fc.nat(255)).map(([bytes, at, byte]) => {
    const copy = Buffer.from(bytes);
    copy[at % copy.length] = byte;
    return copy;
  }),
  "a review cut off": fc.tuple(template, fc.nat()).map(([bytes, at]) => bytes.subarray(0, at % bytes.length)),
  "a review without a piece": fc.tuple(template, fc.nat(), fc.nat(20)).map(([bytes, at, length]) => {
    const place = at % bytes.length;
    return Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + length + 1)]);
  }),
  "a review with bytes that are no UTF-8": fc
    .tuple(template, fc.nat(), fc.constantFrom(...NOT_UTF8))
    .map(([bytes, at, what]) => inserted(bytes, at, what)),
  "a review with a member too many": withMember(oddKey, odd),
  "a review with a part twice": withMember(
    fc.constantFrom('"request"', '"object"', '"containers"', '"privileged"', '"kind"', '"resource"'),
    fc.constantFrom("null", "{}", "[]", "false", "true", '"x"', "0"),
  ),
  "any JSON": odd.map((text) => Buffer.from(text)),
  "any bytes": fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  "a compressed review": fc
    .tuple(fc.constantFrom(...PACKED), fc.nat(), fc.nat(255))
    .map(([bytes, at, byte]) => {
      const copy = Buffer.from(bytes);
      copy[at % (2 * copy.length)] = byte;
      return copy;
    }),
  "deep nesting": deep,
  "7 MiB of brackets": fc
    .constantFrom("[", "{", '"', '{"a":[')
    .map((text) => Buffer.alloc(7 * 2 ** 20, text)),
};
