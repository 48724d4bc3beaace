import { beforeAll, describe, expect, test } from "@jest/globals";
import { compileRego } from "../../test/compile-rego.ts";
import type { EvaluationCall, EvaluationResult, EvaluationSession, InputDocument } from "./engine.ts";
import type { Instantiate } from "./instance-slot.ts";
import { instantiate, type PolicyInstance } from "./instance.ts";
import { WasmEngine } from "./wasm-engine.ts";
import { PAGE_BYTES, wasm, type WasmModule } from "./web-assembly.ts";

const CALL: EvaluationCall = { now: 1n, seed: "request-1" };
const MIB = 2 ** 20;

const SOURCE = `package example

items := count(input.object)

old_items := count(input.request.oldObject)

# Takes memory as asked for: 1024 bytes times the size.
greedy := count([text | some i in numbers.range(1, input.size); text := sprintf("%01024d", [i])])

conflict := name if some name in input.names

# The runtime looks this rule up in a table that it keeps in a variable.
chosen := data.parts[input.name].value

matched := regex.match("^[a-z]+$", input.name)
`;

const PARTS = {
  "one.rego": 'package parts.one\n\nvalue := "first"\n',
  "two.rego": 'package parts.two\n\nvalue := "second"\n',
};

const ENTRYPOINTS = ["items", "old_items", "greedy", "conflict", "chosen", "matched"].map(
  (name) => `example/${name}`,
);

let module: WasmModule;

beforeAll(async () => {
  const compiled = await compileRego({ "example.rego": SOURCE, ...PARTS }, ENTRYPOINTS);
  module = new wasm.Module(compiled.wasm);
});

interface Sizes {
  readonly documents: number;
  readonly evaluation: number;
}

/** An engine and what it has made so far: `ordinary`, `large`, each with `again` if in a memory used before. */
function observedEngine(
  ordinary: Sizes,
  large: Sizes,
  change: (instance: PolicyInstance) => void = () => {},
) {
  const made: string[] = [];
  const maker = (name: string, { documents, evaluation }: Sizes): Instantiate => {
    const pages = (4 * MIB + documents + evaluation) / PAGE_BYTES;
    const layout = { pages, dataBytes: MIB / 4, evaluationBytes: evaluation };
    return (source, used) => {
      made.push(used === undefined ? name : `${name} again`);
      const instance = instantiate({ module, layout, file: "bundle.tar.gz" }, source, used);
      change(instance);
      return instance;
    };
  };
  const make = { ordinary: maker("ordinary", ordinary), large: maker("large", large) };
  return { engine: new WasmEngine("bundle.tar.gz", () => make, new TextEncoder().encode("{}")), made };
}

const SMALL = { documents: MIB, evaluation: MIB };
const LARGE = { documents: 8 * MIB, evaluation: 4 * MIB };

/** A list of zeros: parsed it takes about 200 bytes for each. */
function zeros(count: number): InputDocument {
  return { text: `[${Array(count).fill("0").join(",")}]`, members: [], shared: true };
}

const FITS_SMALL = zeros(1_000);
const FITS_LARGE = zeros(30_000);
const FITS_NOWHERE = zeros(100_000);

function holding(members: Readonly<Record<string, InputDocument>>, shared = false): InputDocument {
  return { text: "{}", members: Object.entries(members), shared };
}

function plain(value: unknown): InputDocument {
  return { text: JSON.stringify(value), members: [], shared: false };
}

function shown(result: EvaluationResult): string {
  return result.kind === "value"
    ? JSON.stringify(result.value)
    : `${result.error.code}: ${result.error.message}`;
}

function fail(): never {
  throw new RangeError("memory access out of bounds");
}

function runTimes(
  count: number,
  session: () => EvaluationSession,
  input: InputDocument,
): ReadonlySet<string> {
  return new Set(Array.from({ length: count }, () => shown(session().evaluate("example/items", input))));
}

const TOO_LARGE =
  "EVALUATION_MEMORY: The rule example/items was not evaluated: its input takes more memory than it may have.";

describe("documents that do not fit", () => {
  test("are tried once in each memory, and every rule of the session gets the error", () => {
    const { engine, made } = observedEngine(SMALL, LARGE);
    const session = engine.open(CALL);
    const results = runTimes(12, () => session, holding({ object: FITS_NOWHERE }));
    expect([...results]).toEqual([TOO_LARGE]);
    expect(made).toEqual(["ordinary", "large"]);
  });

  test("keep no rule from being evaluated that does without them", () => {
    const { engine } = observedEngine(SMALL, LARGE);
    const session = engine.open(CALL);
    const request = holding({ object: FITS_LARGE, oldObject: FITS_NOWHERE }, true);
    for (let round = 0; round < 3; round += 1) {
      expect(shown(session.evaluate("example/old_items", holding({ request })))).toMatch(
        /^EVALUATION_MEMORY/,
      );
      expect(shown(session.evaluate("example/items", holding({ object: FITS_LARGE })))).toBe("30000");
    }
  });

  test("leave the next session as it would be without them", () => {
    const { engine, made } = observedEngine(SMALL, LARGE);
    engine.open(CALL).evaluate("example/items", holding({ object: FITS_NOWHERE }));
    const next = engine.open(CALL);
    expect(shown(next.evaluate("example/items", holding({ object: FITS_SMALL })))).toBe("1000");
    expect(shown(next.evaluate("example/greedy", plain({ size: 10 })))).toBe("10");
    expect(made).toEqual(["ordinary", "large", "ordinary again"]);
  });

  test("are those that leave no gap up to the memory of the evaluation, too", () => {
    const { engine } = observedEngine(SMALL, { documents: MIB, evaluation: 64 * MIB });
    expect(shown(engine.open(CALL).evaluate("example/items", holding({ object: FITS_LARGE })))).toBe(
      TOO_LARGE,
    );
  });
});

describe("the large memory", () => {
  test("is made when documents need it, and then serves the rest of the session", () => {
    const { engine, made } = observedEngine(SMALL, LARGE);
    const session = engine.open(CALL);
    const results = runTimes(12, () => session, holding({ object: FITS_LARGE }));
    expect([...results]).toEqual(["30000"]);
    expect(made).toEqual(["ordinary", "large"]);
  });

  test("is made when a rule needs it", () => {
    const { engine, made } = observedEngine(SMALL, LARGE);
    expect(shown(engine.open(CALL).evaluate("example/greedy", plain({ size: 1_500 })))).toBe("1500");
    expect(made).toEqual(["ordinary", "large"]);
  });

  test("serves one large request after the other", () => {
    const { engine, made } = observedEngine(SMALL, LARGE);
    runTimes(5, () => engine.open(CALL), holding({ object: FITS_LARGE }));
    expect(made.filter((name) => name.startsWith("large"))).toEqual(["large"]);
  });

  test("is replaced after a hundred sessions in a row without need of it, once", () => {
    const { engine, made } = observedEngine(SMALL, LARGE);
    const large = holding({ object: FITS_LARGE });
    const largeMade = (): number => made.filter((name) => name.startsWith("large")).length;
    runTimes(1, () => engine.open(CALL), large);
    runTimes(99, () => engine.open(CALL), holding({ object: FITS_SMALL }));
    runTimes(1, () => engine.open(CALL), large);
    runTimes(100, () => engine.open(CALL), holding({ object: FITS_SMALL }));
    expect(largeMade()).toBe(1);
    runTimes(200, () => engine.open(CALL), holding({ object: FITS_SMALL }));
    expect(largeMade()).toBe(2);
    expect([...runTimes(1, () => engine.open(CALL), large)]).toEqual(["30000"]);
  });

  test("is not made for a session that does without it, however many there are", () => {
    const { engine, made } = observedEngine(SMALL, LARGE);
    runTimes(300, () => engine.open(CALL), holding({ object: FITS_SMALL }));
    expect(made).toEqual(["ordinary"]);
  });

  test("may lie beyond 2 GiB, where WebAssembly gives addresses as negative numbers", () => {
    const { engine } = observedEngine(SMALL, { documents: 2_304 * MIB, evaluation: 16 * MIB });
    const session = engine.open(CALL);
    const input = { ...plain({ size: 1_500 }), members: [["object", FITS_LARGE] as const] };
    expect(shown(session.evaluate("example/greedy", input))).toBe("1500");
    expect(shown(session.evaluate("example/items", input))).toBe("30000");
  });
});

describe("after a throw", () => {
  test("the next instance is made in the same memory", () => {
    const { engine, made } = observedEngine(SMALL, LARGE);
    const session = engine.open(CALL);
    for (let round = 0; round < 3; round += 1) {
      const failed = session.evaluate("example/conflict", plain({ names: ["a", "b"] }));
      expect(shown(failed)).toMatch(/^EVALUATION_FAILED/);
      expect(shown(session.evaluate("example/items", holding({ object: FITS_SMALL })))).toBe("1000");
    }
    expect(made).toEqual(["ordinary", "ordinary again", "ordinary again", "ordinary again"]);
  });

  test("no variable of the runtime keeps its value from the instance before", () => {
    const { engine } = observedEngine(SMALL, LARGE);
    const session = engine.open(CALL);
    session.evaluate("example/conflict", plain({ names: ["a", "b"] }));
    expect(shown(session.evaluate("example/items", holding({ object: FITS_SMALL })))).toBe("1000");
    expect(shown(session.evaluate("example/chosen", plain({ name: "one" })))).toBe('"first"');
  });

  test("what was evaluated stands, if it is thrown when patterns are kept, on an instance that is not used again", () => {
    const { engine, made } = observedEngine(SMALL, LARGE, ({ patterns }) =>
      Object.assign(patterns, { keep: fail }),
    );
    const session = engine.open(CALL);
    for (let round = 0; round < 50; round += 1) {
      const name = round % 2 === 0 ? "even" : "1";
      expect([name, shown(session.evaluate("example/matched", plain({ name })))]).toEqual([
        name,
        String(name === "even"),
      ]);
    }
    // Patterns are kept after evaluations that were quick, as at least one of fifty is.
    expect(new Set(made)).toEqual(new Set(["ordinary", "ordinary again"]));
  });

  test("the error does not hold what was thrown, whose stack trace would hold the memory", () => {
    const { engine } = observedEngine(SMALL, LARGE);
    const session = engine.open(CALL);
    const results = [
      session.evaluate("example/conflict", plain({ names: ["a", "b"] })),
      session.evaluate("example/greedy", plain({ size: 100_000 })),
      session.evaluate("example/items", holding({ object: FITS_NOWHERE })),
    ];
    for (const result of results) {
      expect(result.kind).toBe("error");
      expect(result.kind === "error" && result.error.cause).toBeUndefined();
    }
  });
});
