import { beforeAll, expect, test } from "@jest/globals";
import { testOpa } from "../../test/policy-folder.ts";
import { allTests, compiledTests } from "../../test/run-policy-tests.ts";
import { explainFailures } from "./explain-failures.ts";
import { runTests } from "./run-tests.ts";
import type { TestFailure } from "./test-result.ts";

const POLICY = `package shop.size

deny contains {"msg": "too much", "size": input.size} if input.size > 3

ready if input.ready
`;

const TESTS = `package shop.size_test

import data.shop.size

test_count if count(size.deny) == 0 with input as {"size": 4}

test_equal if {
	expected := {{"msg": "too much", "size": 5}}
	"ünï" == "ünï"; size.deny == expected with input as {
		"size": 4, # more than 3
	}
}

test_member if {
	some violation in size.deny with input as {"size": 9}
	violation.msg == "nothing"
}

test_not if not size.ready with input as {"ready": true}

test_undefined if size.ready

test_value := count(size.deny) == 7

test_table[row.note] if {
	some row in [{"note": "four", "size": 4}, {"note": "three", "size": 3}, {"note": "two", "size": 2}]
	row.size > 2
	count(size.deny) == 1 with input.size as row.size
}

test_unify if {
	[x, 2] = [1, count(size.deny)] with input as {"size": 4}
	x == 1
}

test_every if {
	xs := [1, 2, 3, 4]
	every x in xs { x < 3 }
}

test_every_key if every k, v in {"a": 1, "b": 7, "c": 5} {
	k != "z"
	v < count(size.deny) + 3
} with input as {"size": 4}

test_every_wildcard if every _ in [1] { false }

test_passes if true

test_broken if missing(1)
`;

let failures: ReadonlyMap<string, TestFailure>;

beforeAll(async () => {
  const { program, root, sources } = await compiledTests({
    "shop/size.rego": POLICY,
    "shop/size_test.rego": TESTS,
  });
  const options = allTests(root);
  const { results } = runTests(program, options);
  const explained = await explainFailures(results, {
    ...options,
    program,
    sources,
    opa: await testOpa(),
    parallel: 2,
  });
  failures = new Map(
    explained.flatMap(({ name, outcome }) =>
      outcome.kind === "failed" ? [[name.replace("shop/size: test_", ""), outcome.failures[0]] as const] : [],
    ),
  );
});

function placeOf(name: string): string {
  const { line = 0, column = 0 } = failures.get(name)?.at ?? {};
  return TESTS.split("\n")[line - 1]?.slice(column - 1) ?? "";
}

test("every failed test is explained, and no other", () => {
  const names = [
    "count",
    "equal",
    "member",
    "not",
    "undefined",
    "value",
    "unify",
    "every",
    "every_key",
    "every_wildcard",
    "table[three]",
    "table[two]",
  ];
  expect([...failures.keys()].toSorted()).toEqual(names.toSorted());
  expect([...failures.values()].filter(({ message }) => !message.startsWith("This does not hold"))).toEqual(
    [],
  );
});

test("what is counted is shown beside the count", () => {
  const { message, contrast } = failures.get("count") ?? {};
  expect(placeOf("count")).toBe('count(size.deny) == 0 with input as {"size": 4}');
  expect(message?.split("\n").slice(1)).toEqual([
    "count(size.deny) is 1",
    'size.deny is {{"msg": "too much", "size": 4}}',
  ]);
  expect(contrast).toEqual({ expected: "0", actual: "1", difference: "-0\n+1" });
});

test("both sides of an equality are shown, at the column where it begins", () => {
  expect(placeOf("equal")).toMatch(/^size\.deny == expected with input as \{$/);
  expect(failures.get("equal")?.contrast).toMatchObject({
    expected: '{{"msg": "too much", "size": 5}}',
    actual: '{{"msg": "too much", "size": 4}}',
  });
});

test("the expression that does not hold is found behind those that do", () => {
  expect(placeOf("member")).toBe('violation.msg == "nothing"');
  expect(failures.get("member")?.contrast).toMatchObject({ expected: '"nothing"', actual: '"too much"' });
});

test("of `not` and of what is undefined the value is shown", () => {
  expect(failures.get("not")?.message).toContain("size.ready is true");
  expect(failures.get("undefined")?.message).toContain("size.ready is <undefined>");
});

test("a value in the place of a body is explained as one", () => {
  expect(placeOf("value")).toBe("count(size.deny) == 7");
  expect(failures.get("value")?.contrast).toMatchObject({ expected: "7", actual: "0" });
});

test("each case of a table has the expression that does not hold for it", () => {
  expect(placeOf("table[three]")).toMatch(/^count\(size\.deny\) == 1/);
  expect(failures.get("table[three]")?.contrast).toMatchObject({ expected: "1", actual: "0" });
  expect(placeOf("table[two]")).toBe("row.size > 2");
  expect(failures.get("table[two]")?.message).toContain("row.size is 2");
});

test("a side that has no value by itself is left out", () => {
  expect(placeOf("unify")).toMatch(/^\[x, 2\] = /);
  expect(failures.get("unify")?.message).toContain("[1, count(size.deny)] is [1, 1]");
});

test("of `every` the first element is shown for which it does not hold", () => {
  expect(failures.get("every")?.message.split("\n").slice(1)).toEqual([
    "xs is [1, 2, 3, 4]",
    "It does not hold where x is 3",
  ]);
  expect(failures.get("every_key")?.message).toContain('\nIt does not hold where k, v is ["b", 7]');
  expect(failures.get("every_wildcard")?.message).toBe("This does not hold: every _ in [1] { false }");
});
