import { beforeAll, describe, expect, test } from "@jest/globals";
import { allTests, compiledTests, type CompiledTests } from "../../test/run-policy-tests.ts";
import { BuildError } from "../build/build-error.ts";
import { testOpa } from "../../test/policy-folder.ts";
import { differencesFrom } from "./opa-differences.ts";
import { opaResults } from "./opa-results.ts";
import { runTests, type RegoResult } from "./run-tests.ts";

const POLICY = `package shop.size

deny contains msg if {
	input.size > 3
	msg := sprintf("%d is too much", [input.size])
}
`;

const TESTS = `package shop.size_test

import data.shop.size

test_passes if size.deny == {"4 is too much"} with input as {"size": 4}

test_fails if size.deny == set() with input as {"size": 4}

test_is_undefined if size.nothing

test_is_false := 1 > 2

test_is_no_boolean := "true"

todo_test_later if false

test_function(x) if x == 1

test_again if true

test_again if false

a.test_below if true

test_data if data.limits.most == 7 with data.limits as {"most": 7}

test_base_document if data.limits.least == 1

test_mocks_a_function if {
	size.deny == {"mocked"} with input as {"size": 9} with sprintf as mock
}

mock(_, _) := "mocked"

test_table[row.note] if {
	some row in [
		{"note": "three", "size": 3, "found": 0},
		{"note": "four", "size": 4, "found": 0},
		{"note": "five", "size": 5, "found": 1},
	]
	count(size.deny) == row.found with input.size as row.size
}

test_nested[size_][kind] if {
	some size_ in [1, 4]
	some kind in ["small", "large"]
	kind == ["large", "small"][count(size.deny) - 1] with input as {"size": size_}
}

test_of_nothing[row] if {
	some row in data.rows
	row
}

test_conflicts := value if some value in [true, false]

test_prints if {
	print("seen", 1)
	true
}

test_asks_the_network if http.send({"method": "get", "url": "http://x"}).status == 200

test_is_refused if helper(1, 2, 3)

helper(x) := x
`;

const OLD = `package shop.old_test

test_old_syntax { data.shop.size.deny with input as {"size": 4} }

test_old_table[name] = true {
	row := [{"name": "a", "holds": true}, {"name": "b", "holds": false}][_]
	name := row.name
	row.holds
}
`;

let compiled: CompiledTests;
let results: ReadonlyMap<string, RegoResult>;

beforeAll(async () => {
  compiled = await compiledTests({
    "shop/size.rego": POLICY,
    "shop/size_test.rego": TESTS,
    "shop/old_test.rego": OLD,
    "limits/data.json": '{"least": 1}',
  });
  const run = runTests(compiled.program, allTests(compiled.root));
  results = new Map(run.results.map((result) => [result.name, result]));
});

function kindOf(name: string): string | undefined {
  return results.get(`shop/${name}`)?.outcome.kind;
}

describe("a test", () => {
  test.each([
    ["size: test_passes", "passed"],
    ["size: test_fails", "failed"],
    ["size: test_is_undefined", "failed"],
    ["size: test_is_false", "failed"],
    ["size: test_is_no_boolean", "failed"],
    ["size: todo_test_later", "skipped"],
    ["size: test_again", "passed"],
    ["size: test_again#01", "failed"],
    ["size: a.test_below", "passed"],
    ["size: test_data", "passed"],
    ["size: test_base_document", "passed"],
    ["size: test_mocks_a_function", "passed"],
    ["size: test_conflicts", "error"],
    ["old: test_old_syntax", "passed"],
  ])("%s has %s", (name, kind) => {
    expect(kindOf(name)).toBe(kind);
  });

  test("has its place, and what was printed", () => {
    const result = results.get("shop/size: test_prints");
    expect(result?.printed).toEqual(["seen 1"]);
    expect(result?.position.file).toBe(`${compiled.root}/shop/size_test.rego`);
    expect(TESTS.split("\n")[(result?.position.line ?? 0) - 1]).toMatch(/^test_prints/);
  });

  test("that cannot be compiled is an error with its place, and the others run", () => {
    const network = results.get("shop/size: test_asks_the_network")?.outcome;
    expect(network).toMatchObject({ kind: "error", error: { code: "BUILTIN_MISSING" } });
    const refused = results.get("shop/size: test_is_refused")?.outcome;
    expect(refused).toMatchObject({ kind: "error", error: { code: "REGO_INVALID" } });
  });

  test("that is a function is an error: it could never run", () => {
    const message = "A function cannot be a test: nothing gives it its arguments.";
    const { outcome } = results.get("shop/size: test_function") ?? {};
    expect(outcome).toMatchObject({ kind: "error", error: { code: "REGO_INVALID", message } });
  });

  test("whose value is not true has the value in its message", () => {
    const message = 'The test did not hold: its value is "true", and only true passes.';
    const { outcome } = results.get("shop/size: test_is_no_boolean") ?? {};
    expect(outcome).toMatchObject({ kind: "failed", failures: [{ message }] });
  });

  test("that conflicts has the place of the conflict in the user's file", () => {
    const { outcome } = results.get("shop/size: test_conflicts") ?? {};
    const place = outcome?.kind === "error" ? outcome.error.position : undefined;
    expect(place?.file).toBe(`${compiled.root}/shop/size_test.rego`);
  });
});

describe("a table", () => {
  test("has a result for each case, also for those whose body does not hold", () => {
    expect(kindOf("size: test_table[three]")).toBe("passed");
    expect(kindOf("size: test_table[four]")).toBe("failed");
    expect(kindOf("size: test_table[five]")).toBe("passed");
    expect(results.has("shop/size: test_table")).toBe(false);
  });

  test("may have several keys, which need be no text", () => {
    expect(kindOf("size: test_nested[4][large]")).toBe("passed");
    expect(kindOf("size: test_nested[4][small]")).toBe("failed");
    expect(kindOf("size: test_nested[1][large]")).toBe("failed");
  });

  test("in the syntax of before OPA 1.0 has them, too", () => {
    expect(kindOf("old: test_old_table[a]")).toBe("passed");
    expect(kindOf("old: test_old_table[b]")).toBe("failed");
  });

  test("without a case has failed: nothing was tested", () => {
    expect(kindOf("size: test_of_nothing")).toBe("failed");
  });
});

test("OPA gives the same, but for what this engine does not have and for a table without a case", async () => {
  const { root, sources } = compiled;
  const theirs = await opaResults({ root, sources, opa: await testOpa(), timeLimit: 60_000, parallel: 2 });
  const differences = differencesFrom(theirs, [...results.values()], root);
  expect(differences.map(({ name, here, opa }) => [name, here, opa])).toEqual([
    ["shop/size: test_of_nothing", "failed", "passed"],
    ["shop/size: test_asks_the_network", "error", "failed"],
  ]);
  expect(theirs).toHaveLength(results.size);
});

test("only what is wanted runs, cases of tables by their own names", () => {
  const began: string[] = [];
  const { results: some } = runTests(compiled.program, {
    ...allTests(compiled.root),
    wanted: (name) => /test_passes|\[fo/.test(name),
    began: (name) => began.push(name),
  });
  expect(some.map(({ name }) => name)).toEqual(["shop/size: test_passes", "shop/size: test_table[four]"]);
  expect(began).not.toContain("shop/size: test_fails");
});

test("a test that never ends is an error with its name, and the next one runs", async () => {
  const endless = `package shop.endless_test

# Comparing makes no values: arithmetic would meet the limit of memory first.
test_endless if {
	many := numbers.range(1, 100000)
	absent := 0
	count([1 | many[_]; many[_] == absent]) == 1
}

test_next if 1 == 1
`;
  const { program, root } = await compiledTests({
    "shop/endless_test.rego": endless,
    "shop/size.rego": POLICY,
  });
  const { results: found } = runTests(program, allTests(root, 5_000));
  expect(found.map(({ outcome }) => outcome.kind)).toEqual(["error", "passed"]);
  expect(found[0]?.outcome).toMatchObject({ error: { code: "EVALUATION_TIMEOUT" } });
  expect(JSON.stringify(found[0]?.outcome)).not.toContain("undefined");
});

test("what is wrong with a policy stops everything, with its place", async () => {
  const wrong = compiledTests({
    "shop/size.rego": `${POLICY}\nother if missing(1)\n`,
    "shop/size_test.rego": TESTS,
  });
  await expect(wrong).rejects.toThrow(BuildError);
});
