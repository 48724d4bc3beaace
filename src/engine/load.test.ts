import { beforeAll, describe, expect, test } from "@jest/globals";
import { compileRego } from "../../test/compile-rego.ts";
import type { Engine, EvaluationCall, EvaluationResult, InputDocument } from "./engine.ts";
import { loadEngine } from "./load.ts";

const CALL: EvaluationCall = { now: 1_700_000_000_000_000_001n, seed: "request-1" };

const SOURCE = `package example

# Gives whatever the input holds.
echo := input

# One value for each label that the parameters want and the object lacks.
deny contains sprintf("missing %s on %d", [label, input.object.generation]) if {
	some label in input.parameters.labels
	not input.object.labels[label]
}

# Two values where the input has two names.
conflict := name if some name in input.names

doubled(n) := sprintf("%s%s", [n, n])

# Takes memory as asked for: 1024 bytes times the size.
greedy := count([text | some i in numbers.range(1, input.size); text := sprintf("%01024d", [i])])

now := time.now_ns()

numbers_shown contains text if {
	some n in input.numbers
	written := sprintf("%d", [n])
	text := concat("|", [written, sprintf("%v", [n]), json.marshal([n]), $"{n}", sprintf("%v", [{"n": {n}}])])
}

hashed := crypto.sha256(base64.decode(input.encoded))

known := data.known
`;

const ENTRYPOINTS = ["echo", "deny", "conflict", "greedy", "now", "numbers_shown", "hashed", "known"].map(
  (name) => `example/${name}`,
);

function json(value: unknown, members: InputDocument["members"] = [], shared = false): InputDocument {
  return { text: typeof value === "string" ? value : JSON.stringify(value), members, shared };
}

function shown(result: EvaluationResult): string {
  return result.kind === "value"
    ? JSON.stringify(result.value)
    : `${result.error.code}: ${result.error.message}`;
}

let engine: Engine;

beforeAll(async () => {
  engine = loadEngine(await compiled());
});

function compiled(): ReturnType<typeof compileRego> {
  return compileRego(
    {
      "policy/example.rego": SOURCE,
      "data.json": '{"known": {"big": 12345678901234567890, "__proto__": 1}}',
    },
    ENTRYPOINTS,
  );
}

describe("an evaluation", () => {
  test("gives the rule's value, with the digits of the input unchanged", () => {
    const text = '{"a":[9007199254740993,12345678901234567890,1.10,1e3,-0.0],"__proto__":{"b":null}}';
    const result = engine.open(CALL).evaluate("example/echo", json(text));
    expect(shown(result)).toBe(
      '{"__proto__":{"b":null},"a":[9007199254740993,12345678901234567890,1.10,1e3,-0.0]}',
    );
  });

  test("shows big integers exactly, however they become text", () => {
    const input = json('{"numbers":[9007199254740993,12345678901234567890]}');
    const result = engine.open(CALL).evaluate("example/numbers_shown", input);
    const ways = ["12345678901234567890", "9007199254740993"].map(
      (n) => `${n}|${n}|[${n}]|${n}|{"n": {${n}}}`,
    );
    expect(shown(result)).toBe(JSON.stringify(ways));
  });

  test("gives undefined where the rule is undefined", () => {
    const result = engine.open(CALL).evaluate("example/conflict", json({}));
    expect(result).toMatchObject({ kind: "value", value: undefined });
  });

  test("reads the base documents, digits unchanged", () => {
    expect(shown(engine.open(CALL).evaluate("example/known", json({})))).toBe(
      '{"__proto__":1,"big":12345678901234567890}',
    );
  });

  test("sees the clock of the call", () => {
    expect(shown(engine.open(CALL).evaluate("example/now", json({})))).toBe("1700000000000000001");
    expect(shown(engine.open({ ...CALL, now: 5n }).evaluate("example/now", json({})))).toBe("5");
  });

  test("puts members into their document, at any depth, shared or not", () => {
    const leaf = json({ leaf: true }, [], true);
    const middle = json({ m: 1 }, [["leaf", leaf]], true);
    const input = json({ plain: 0 }, [
      ["middle", middle],
      ["direct", leaf],
      ["own", json("[1]")],
    ]);
    const session = engine.open(CALL);
    const expected = '{"direct":{"leaf":true},"middle":{"leaf":{"leaf":true},"m":1},"own":[1],"plain":0}';
    for (let round = 0; round < 3; round += 1)
      expect(shown(session.evaluate("example/echo", input))).toBe(expected);
  });

  test("refuses a member that occurs twice, since OPA would free the first", () => {
    const leaf = json({}, [], true);
    const result = engine.open(CALL).evaluate(
      "example/echo",
      json({}, [
        ["a", leaf],
        ["a", leaf],
      ]),
    );
    expect(shown(result)).toContain("member a twice");
  });

  test("of a rule that the module lacks is an error", () => {
    expect(shown(engine.open(CALL).evaluate("example/none", json({})))).toMatch(/^ENTRYPOINT_MISSING/);
  });

  test("of an input that is no JSON is an error and not an undefined input", () => {
    expect(shown(engine.open(CALL).evaluate("example/echo", json("nonsense")))).toMatch(/^EVALUATION_FAILED/);
  });

  test("is refused once another session was opened", () => {
    const first = engine.open(CALL);
    engine.open(CALL);
    expect(() => first.evaluate("example/echo", json({}))).toThrow("session ends");
  });
});

describe("a session", () => {
  test("keeps two sets of parameters over one shared object apart, thousands of times", () => {
    const object = json({ labels: { team: "web" }, generation: 9007199254740993n.toString() }, [], true);
    const parameters = [{ labels: ["owner", "team"] }, { labels: ["cost", "tier", "team"] }];
    const inputs = parameters.map((set) =>
      json({}, [
        ["object", object],
        ["parameters", json(set)],
      ]),
    );
    const session = engine.open(CALL);
    const results = new Map<string, number>();
    for (let round = 0; round < 5_000; round += 1) {
      for (const [index, input] of inputs.entries()) {
        const key = `${index} ${shown(session.evaluate("example/deny", input))}`;
        results.set(key, (results.get(key) ?? 0) + 1);
      }
    }
    const on = "on %!d(string=9007199254740993)";
    expect([...results]).toEqual([
      [`0 ["missing owner ${on}"]`, 5_000],
      [`1 ["missing cost ${on}","missing tier ${on}"]`, 5_000],
    ]);
  });

  test("needs no more memory than its greediest evaluation", async () => {
    const small = loadEngine({ ...(await compiled()), evaluationBytes: 8 * 2 ** 20 });
    const session = small.open(CALL);
    // Each takes about 2 MiB, all together far more than there is.
    for (let round = 0; round < 50; round += 1) {
      expect(shown(session.evaluate("example/greedy", json({ size: 1_000 })))).toBe("1000");
    }
  });
});

test("a request after one that took much memory is right", () => {
  expect(shown(engine.open(CALL).evaluate("example/greedy", json({ size: 50_000 })))).toBe("50000");
  const session = engine.open(CALL);
  expect(shown(session.evaluate("example/echo", json([1])))).toBe("[1]");
  expect(shown(session.evaluate("example/greedy", json({ size: 10 })))).toBe("10");
});

describe("after a failure", () => {
  test("10,000 rule conflicts are 10,000 errors, and the next evaluation is right", () => {
    const shared = json({ x: 1 }, [], true);
    const bad = json({ names: ["a", "b"] }, [["object", shared]]);
    const session = engine.open(CALL);
    const messages = new Set<string>();
    for (let round = 0; round < 10_000; round += 1)
      messages.add(shown(session.evaluate("example/conflict", bad)));
    expect([...messages]).toEqual([
      "EVALUATION_FAILED: The rule example/conflict could not be evaluated: var assignment conflict.",
    ]);
    const good = session.evaluate("example/echo", json({}, [["object", shared]]));
    expect(shown(good)).toBe('{"object":{"x":1}}');
  });

  test("an error names the file, line and column of the rule", () => {
    const result = engine.open(CALL).evaluate("example/conflict", json({ names: ["ä", "b"] }));
    expect(result).toMatchObject({
      kind: "error",
      error: { code: "EVALUATION_FAILED", position: { file: "policy/example.rego", line: 13, column: 1 } },
    });
  });

  test("of memory the error says so, and the session goes on", async () => {
    const small = loadEngine({ ...(await compiled()), evaluationBytes: 4 * 2 ** 20 });
    const session = small.open(CALL);
    expect(shown(session.evaluate("example/greedy", json({ size: 100_000 })))).toMatch(/^EVALUATION_MEMORY/);
    expect(shown(session.evaluate("example/greedy", json({ size: 10 })))).toBe("10");
  });

  test("of a builtin that is given no text the rule is an error and not a wrong hash", () => {
    const session = engine.open(CALL);
    expect(shown(session.evaluate("example/hashed", json({ encoded: "/w==" })))).toMatch(/^EVALUATION_LIMIT/);
    expect(shown(session.evaluate("example/hashed", json({ encoded: "YWJj" })))).toBe(
      '"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"',
    );
  });

  test("of nesting too deep for the stack the next evaluation is right", () => {
    const session = engine.open(CALL);
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    expect(shown(session.evaluate("example/echo", json(deep)))).toMatch(/^EVALUATION_FAILED/);
    expect(shown(session.evaluate("example/echo", json("[1]")))).toBe("[1]");
  });
});

describe("loading", () => {
  test("a module that is none names the file", () => {
    const wasm = new Uint8Array([1, 2, 3]);
    expect(() => loadEngine({ wasm, data: "{}", file: "bundle.tar.gz" })).toThrow(
      "module in bundle.tar.gz cannot be loaded",
    );
  });

  test("a module that OPA did not make is refused", () => {
    const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    expect(() => loadEngine({ wasm: empty, data: "{}" })).toThrow("its ABI is undefined.undefined");
  });

  test("base documents that are no JSON are refused", async () => {
    const { wasm } = await compiled();
    expect(() => loadEngine({ wasm, data: "{1, 2}" })).toThrow("are no JSON");
  });

  test("a call of a builtin that the host lacks is refused, and named", async () => {
    const source = 'package p\n\nx := http.send({"method": "get", "url": input.url})\n';
    const lacking = await compileRego({ "p.rego": source }, ["p/x"]);
    expect(() => loadEngine(lacking)).toThrow("http.send");
  });
});
