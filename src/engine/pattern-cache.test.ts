import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compileRego } from "../../test/compile-rego.ts";
import type { EvaluationCall, EvaluationResult, InputDocument } from "./engine.ts";
import { instantiate, type PolicyInstance } from "./instance.ts";
import { loadEngine } from "./load.ts";
import { SessionHeap } from "./session.ts";
import { PAGE_BYTES, wasm } from "./web-assembly.ts";

const CALL: EvaluationCall = { now: 1n, seed: "request-1" };
const FIXED = { lower: "^[a-z]+$", digits: "[0-9]{2,}", dashed: "^(a|b|x)+-[a-z0-9-]*$" };

const SOURCE = `package example

fixed contains name if {
	some name, pattern in ${JSON.stringify(FIXED)}
	regex.match(pattern, input.text)
}

# Patterns that anybody may write, of whom some are none.
given := [result | some pattern in input.patterns; result := {"it": match(pattern)}]

match(pattern) if regex.match(pattern, input.text)

match(pattern) := false if not regex.match(pattern, input.text)

parts := regex.find_all_string_submatch_n("([a-z]+)-([0-9]+)", input.text, -1)

globs contains pattern if {
	some pattern in ["a*", "*-[0-9]", "{x,y}*"]
	glob.match(pattern, [], input.text)
}

none := count(input.text)

conflict := name if some name in input.patterns
`;

const NAMES = ["fixed", "given", "parts", "globs", "none", "conflict"] as const;
type Name = (typeof NAMES)[number];

let compiled: Awaited<ReturnType<typeof compileRego>>;

beforeAll(async () => {
  compiled = await compileRego(
    { "example.rego": SOURCE },
    NAMES.map((name) => `example/${name}`),
  );
});

interface Text {
  readonly text: string;
  readonly patterns: readonly string[];
}

function document(value: Text): InputDocument {
  return { text: JSON.stringify(value), members: [], shared: true };
}

function shown(result: EvaluationResult): string {
  if (result.kind === "error") return result.error.code;
  return result.value === undefined ? "undefined" : JSON.stringify(result.value);
}

function matches(pattern: string, text: string): boolean {
  return new RegExp(pattern, "u").test(text);
}

/** What the rules are, said without OPA. */
const EXPECTED: Readonly<Record<Name, (input: Text) => string>> = {
  fixed: ({ text }) =>
    JSON.stringify(
      Object.entries(FIXED)
        .filter(([, pattern]) => matches(pattern, text))
        .map(([name]) => name)
        .toSorted(),
    ),
  given: ({ text, patterns }) => JSON.stringify(patterns.map((pattern) => ({ it: matches(pattern, text) }))),
  parts: ({ text }) => JSON.stringify([...text.matchAll(/([a-z]+)-([0-9]+)/g)].map((found) => [...found])),
  globs: ({ text }) =>
    JSON.stringify(
      [/^a.*$/, /^.*-[0-9]$/, /^[xy].*$/]
        .flatMap((pattern, index) => (pattern.test(text) ? (["a*", "*-[0-9]", "{x,y}*"][index] ?? []) : []))
        .toSorted(),
    ),
  none: ({ text }) => String(text.length),
  conflict: ({ patterns }) => {
    const [first, second] = new Set(patterns);
    if (second !== undefined) return "EVALUATION_FAILED";
    return first === undefined ? "undefined" : JSON.stringify(first);
  },
};

// More than the hundred that OPA's runtime keeps, so that some are dropped.
const pattern = fc
  .tuple(fc.constantFrom("^x", "[a-c]", "(?:ab|-)", "\\d"), fc.nat(60))
  .map(([what, count]) => `${what}{${count}}`);
const input = fc.record({
  text: fc.string({ unit: fc.constantFrom("a", "b", "x", "y", "-", "1", "2"), maxLength: 12 }),
  patterns: fc.array(pattern, { maxLength: 40 }),
});

describe("rules with patterns", () => {
  test("give what they would without any kept, in any order, for patterns first seen late, after errors", () => {
    const engine = loadEngine(compiled);
    const step = fc.tuple(fc.constantFrom(...NAMES), input);
    fc.assert(
      fc.property(fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { maxLength: 8 }), (sessions) => {
        for (const steps of sessions) {
          const session = engine.open(CALL);
          for (const [name, value] of steps) {
            const result = session.evaluate(`example/${name}`, document(value));
            expect([name, shown(result)]).toEqual([name, EXPECTED[name](value)]);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  test("give the same a thousand times, one beside the other", () => {
    const engine = loadEngine(compiled);
    const texts = ["abc", "x-1", "ab-12 x-3", "99"].map((text) => ({ text, patterns: ["^a", "[0-9]$"] }));
    for (let round = 0; round < 1_000; round += 1) {
      const session = engine.open(CALL);
      for (const value of texts) {
        for (const name of ["fixed", "given", "parts", "globs"] as const) {
          expect(shown(session.evaluate(`example/${name}`, document(value)))).toBe(EXPECTED[name](value));
        }
      }
    }
  });
});

const EVALUATION_BYTES = 2 ** 20;

function instance(): PolicyInstance {
  const program = {
    module: new wasm.Module(compiled.wasm),
    layout: { pages: (6 * 2 ** 20) / PAGE_BYTES, dataBytes: 2 ** 16, evaluationBytes: EVALUATION_BYTES },
    file: "bundle.tar.gz",
  };
  return instantiate(program, { kind: "json", json: new TextEncoder().encode("{}") });
}

/** Evaluates a rule in a session of its own, keeps what it compiled, and gives the bytes of heap that it took. */
function heapOf(on: PolicyInstance, name: Name, value: Text): number {
  const heap = new SessionHeap(on, CALL);
  const id = on.entrypoints.get(`example/${name}`) ?? -1;
  const shared = document(value);
  heap.evaluate(id, shared);
  const used = on.abi.opa_heap_ptr_get() - on.evaluationStart;
  heap.keepPatterns(id, shared);
  return used;
}

const TEXT: Text = { text: "abc-1", patterns: [] };

describe("what is kept", () => {
  test("is not compiled again, neither for another session nor beside another rule", () => {
    const on = instance();
    const first = heapOf(on, "fixed", TEXT);
    heapOf(on, "parts", TEXT);
    heapOf(on, "none", TEXT);
    const again = heapOf(on, "fixed", { ...TEXT, text: "bbb-2" });
    expect(again).toBeLessThan(first / 2);
    expect(heapOf(on, "fixed", TEXT)).toBeLessThan(first / 2);
  });

  test("grows with patterns that come later, and keeps those of before", () => {
    const on = instance();
    const [one, other] = [["^a+$"], ["^b+$", "^c+$"]].map((patterns) => ({ ...TEXT, patterns }));
    if (one === undefined || other === undefined) throw new Error("there are two");
    const [first, second] = [heapOf(on, "given", one), heapOf(on, "given", other)];
    expect(heapOf(on, "given", one)).toBeLessThan(first / 2);
    expect(heapOf(on, "given", other)).toBeLessThan(second / 2);
  });

  test("is bounded where patterns come from objects", () => {
    const on = instance();
    const kept = [1, 2, 3, 4, 5, 6].filter((length) => {
      const before = heapOf(on, "given", { ...TEXT, patterns: [`^y{${length}}$`] });
      return heapOf(on, "given", { ...TEXT, patterns: [`^y{${length}}$`] }) < before / 2;
    });
    expect(kept).toEqual([1, 2, 3, 4]);
  });

  test("is nothing of a rule that takes much memory", () => {
    const on = instance();
    const patterns = Array.from({ length: 90 }, (_, index) => `^[a-z]{${index + 1}}$`);
    const first = heapOf(on, "given", { ...TEXT, patterns });
    expect(heapOf(on, "given", { ...TEXT, patterns })).toBeGreaterThan(first / 2);
  });

  test("is nothing of a rule without patterns", () => {
    const on = instance();
    heapOf(on, "none", TEXT);
    const id = on.entrypoints.get("example/none") ?? -1;
    expect(on.patterns.isWorthKeeping(id, 0)).toBe(false);
  });
});
