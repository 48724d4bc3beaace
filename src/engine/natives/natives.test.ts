// oxlint-disable jest/no-standalone-expect -- the rule does not see that `withOpa` is `test` or `test.skip`
import { LimitReached } from "../builtins/limit-reached.ts";
import { describe, expect, test } from "@jest/globals";
import { compileRego, findOpa } from "../../../test/compile-rego.ts";
import { reproduce } from "../../../test/conformance/reproduction.ts";
import { RegoNumber, type RegoValue } from "../value.ts";
import { NATIVE_FUNCTIONS } from "./functions.ts";
import { REDIRECTIONS } from "./natives.ts";
import { redirect } from "./redirect.ts";
import { readModule, type WasmModuleText } from "./wasm-module.ts";

const withOpa = findOpa() === undefined ? test.skip : test;
if (findOpa() === undefined)
  console.warn("Skipped: what compiled policies give; there is no OPA ($OPA, PATH).");

/** Bodies of rules `answer`, with what they are about. */
const RULES: readonly (readonly [about: string, rego: string])[] = [
  ["concat of a set", 'answer := concat(",", {"b", "a", "ccc", "zz"})'],
  ["concat of an array", 'answer := concat(",", ["b", "a"])'],
  ["indexof of an empty text", "answer := indexof(data.word, data.empty)"],
  ["indexof of a text", 'answer := indexof(data.word, "d")'],
  ["replace of an empty text", 'answer := replace(concat("", ["ab", data.empty]), data.empty, "-")'],
  [
    "base64.decode of base64",
    'answer := [base64.decode(concat("", ["YW", x])) | some x in ["I=", "\\nI=", "I", " I="]]',
  ],
  ["base64.decode of bytes that are no text", 'answer := count(base64.decode(concat("", ["/", "+8="])))'],
  ["base64.decode of an empty text", "answer := [base64.decode(data.empty), base64url.decode(data.empty)]"],
  [
    "base64url.decode of base64",
    'answer := [base64url.decode(concat("", ["w6", x])) | some x in ["k", "k=", "k.", " k"]]',
  ],
  [
    "patterns with a zero byte",
    'answer := [regex.match(concat("", ["a", z, p]), t) | some z in ["\\u0000", ""]; some p in ["", "$"]; some t in ["ab", "a\\u0000b", "a\\u0000"]]',
  ],
  ["replace of an empty text in none", 'answer := replace(data.empty, data.empty, "-")'],
  ["replace of a text", 'answer := replace(data.word, "w", data.empty)'],
  ["json.filter by empty paths", 'answer := json.filter({"a": 1, "b": [1, 2]}, ["", [], "b/1"])'],
  ["json.filter by nothing else", 'answer := json.filter({"a": 1}, {data.empty})'],
  ["json.remove of empty paths", 'answer := json.remove({"a": 1, "b": [1, 2]}, {"", "/b/0"})'],
  ["json.remove of nothing else", 'answer := json.remove({"a": data.word}, [[]])'],
  ["json.remove of no path", 'answer := json.remove({"a": data.word}, [data.number])'],
  ["format_int of a small number", "answer := [format_int(n, 16) | some n in [0, 255, -255, -2147483648]]"],
  [
    "format_int of many digits",
    "answer := [format_int(n, b) | some n in [-12345678, 7]; some b in [2, 2.0, 8]]",
  ],
  ["format_int of a number of the input", "answer := format_int(to_number(data.great), 10)"],
  [
    "a template with sets and objects",
    'answer := $"{{"c", "a", "b"}} {{"z": 1, "a": [data.word]}} {data.none}"',
  ],
  ["json.marshal", 'answer := json.marshal({"z": "<&>", "a": {"q", "p"}})'],
  ["a builtin under another name", "f(x) := bits.lsh(x, 70)\nanswer := [f(n) | some n in [1, -1]]"],
  [
    "a builtin put in with `with`",
    "g(x) := 7\nanswer := x if {\n\tx := bits.negate(1) with bits.negate as g\n}",
  ],
  ["a builtin put in for another", "answer := x if {\n\tx := abs(1) with abs as bits.negate\n}"],
  ["a number that is none", "answer := to_number(data.word)"],
  ...["01", "1.", ".5", "-.5", "+5", "+.5", "1_000", "00", "-0"].map(
    (text) => [`the number ${text}`, `answer := to_number("${text}") + 0`] as const,
  ),
];

const DATA = { word: "word", empty: "", great: "12345678901234567890", number: 1 };

describe("builtins that OPA compiles into the module give what OPA gives:", () => {
  withOpa.each(RULES)("%s", async (_, rego) => {
    const { opa, wasm } = await reproduce({ rego, data: DATA, opa: "", wasm: "" });
    expect(wasm).toBe(opa);
  });
});

describe("the changes of a module", () => {
  withOpa("are of functions that it has, and of no others", async () => {
    const { wasm } = await compileRego({ "p.rego": "package p\n\nx := bits.and(input.a, 1)\n" }, ["p/x"]);
    const before = readModule(wasm);
    const after = readModule(redirect(wasm, REDIRECTIONS));
    const changed = [...before.names].filter(
      ([, index]) => String(bodyOf(before, index)) !== String(bodyOf(after, index)),
    );
    expect(changed.map(([name]) => name)).toEqual(["opa_bits_and"]);
    expect(after.bodies.slice(before.bodies.length)).toEqual([
      bodyOf(before, before.names.get("opa_bits_and")),
    ]);
    expect(after.names).toEqual(before.names);
  });

  withOpa("leave a module alone that calls none of these builtins", async () => {
    const { wasm } = await compileRego({ "p.rego": "package p\n\nx := count(input.a)\n" }, ["p/x"]);
    expect(redirect(wasm, REDIRECTIONS)).toBe(wasm);
  });

  test("cannot be made to what is no module", () => {
    expect(() => redirect(Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 9]), REDIRECTIONS)).toThrow(
      RangeError,
    );
  });
});

test("what would take minutes to write out is refused", () => {
  expect(() => call("bits.and", "1e99999", "1")).toThrow(LimitReached);
  expect(() => call("bits.lsh", "1", "1000000")).toThrow(LimitReached);
  expect(call("bits.negate", "1e9999")).toBeDefined();
  expect(() => call("format_int", "1e99999999", "10")).toThrow(LimitReached);
  expect(() => call("numbers.range", "0", "1e300")).toThrow(LimitReached);
});

test("a glob of too many alternatives in one another, or in a long text, is refused", () => {
  expect(() => matchGlob(`${"{".repeat(2_000)}a${",b}c".repeat(2_000)}`, "a")).toThrow(LimitReached);
  expect(() => matchGlob("*a".repeat(1_000), "a".repeat(1_000_000))).toThrow(LimitReached);
  expect(matchGlob(`${"{".repeat(100)}a${",b}c".repeat(100)}`, `a${"c".repeat(100)}`)).toBe(true);
  expect(matchGlob("*a*a*a*a*a*b", "a".repeat(10_000))).toBe(false);
});

function matchGlob(glob: string, text: string): RegoValue | undefined {
  return NATIVE_FUNCTIONS["glob.match"]?.([glob, null, text], { now: 0n, seed: "" });
}

function call(name: string, ...numbers: readonly string[]): RegoValue | undefined {
  const operands = numbers.map((text) => new RegoNumber(text));
  return NATIVE_FUNCTIONS[name]?.(operands, { now: 0n, seed: "" });
}

function bodyOf({ importedFunctions, bodies }: WasmModuleText, index = -1): Uint8Array | undefined {
  return bodies[index - importedFunctions.length];
}
