import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { checkJson } from "./json-syntax.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function isJson(bytes: Uint8Array): boolean {
  try {
    checkJson(bytes);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** What the language's own parser says. */
function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Pieces of JSON, of which most things that are nearly JSON can be made. */
const PIECES = [
  ...'{ } [ ] , : " \\ u \n \t - + . e E 0 1 2 9 a A f F g G b é \u007f'.split(" "),
  " ",
  "true",
  "false",
  "null",
  "\\u00e9",
  "\\n",
  "\\x",
  '"a"',
  '"a":',
  "1e5",
  "-0.5E-7",
  "\u0000",
  "\u001f",
  "😀",
];

test("what is nearly JSON is taken where JSON.parse takes it, and refused where it refuses", () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 9 }), (pieces) => {
      const text = pieces.join("");
      const isTaken = isJson(encode(text));
      if (isTaken) taken += 1;
      expect(isTaken).toBe(parses(text));
    }),
    { numRuns: 10_000 },
  );
  expect(taken).toBeGreaterThan(150);
});

test("JSON is taken, whole and with any one byte changed as JSON.parse takes it", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), fc.nat(), fc.integer({ min: 0, max: 127 }), (text, place, byte) => {
      expect(isJson(encode(text))).toBe(true);
      const changed = encode(text);
      changed[place % changed.length] = byte;
      let decoded: string | undefined;
      try {
        decoded = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(changed);
      } catch {
        // No UTF-8, no JSON.
      }
      expect(isJson(changed)).toBe(decoded !== undefined && parses(decoded));
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ["nothing", ""],
  ["a byte order mark", "\ufeff{}"],
  ["a comma too many", '{"a":1,}'],
  ["two documents", "{} {}"],
  ["an object that is not closed", '{"a":[1,2]'],
  ["an end of the wrong kind", '{"a":[1}'],
  ["a number that begins with zero", '{"a":01}'],
  ["an escape that is cut off", '{"a":"\\u12'],
])("%s is refused", (_what, text) => {
  expect(isJson(encode(text))).toBe(false);
});

test("bytes that are no UTF-8 are refused, and a character across two pieces is not cut", () => {
  expect(isJson(Uint8Array.from([0x22, 0xff, 0x22]))).toBe(false);
  expect(isJson(Uint8Array.from([0x22, 0xc3, 0x22]))).toBe(false);
  for (let before = 65_530; before < 65_540; before += 1) {
    expect(isJson(encode(`"${"a".repeat(before)}😀é"`))).toBe(true);
  }
});

const nested = (depth: number): Uint8Array => encode(`${"[".repeat(depth)}1${"]".repeat(depth)}`);

test("lists within each other are followed for as deep as any parser goes, and then refused", () => {
  expect(isJson(nested(100_000))).toBe(true);
  expect(isJson(nested(100_001))).toBe(false);
});

test("shared memory can be checked", () => {
  const bytes = encode('{"a":"é"}');
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  expect(isJson(shared)).toBe(true);
});
