import { expect, test } from "@jest/globals";
import { parsedRego } from "../../../test/parsed-rego.ts";
import { ownCases } from "./own-cases.ts";
import { reachOf } from "./reach.ts";

test("a file needs what it imports, what that imports, and the other files of each package", async () => {
  const files = await parsedRego({
    "a_test.rego": "package a_test\nimport data.a\ntest_x if a.x",
    "a.rego": "package a\nimport data.lib.f\nx if f.y",
    "a2.rego": "package a\nz if data.lib.g.y with data.lib.h as 1",
    "f.rego": "package lib.f\ny := 1",
    "g.rego": "package lib.g\ny := 1",
    "h.rego": "package lib.h\ny := 1",
    "other.rego": "package other\ny := 1",
    "above.rego": "package above\nx if data.lib",
    "any_test.rego": "package any_test\ntest_x if { some p in input; data[p].x }",
    "below.rego": "package lib.f.deep\nx := 1",
  });
  const reach = reachOf(files);
  const sorted = (path: string): readonly string[] => [...reach(path)].toSorted();
  expect(sorted("a_test.rego")).toEqual([
    "a.rego",
    "a2.rego",
    "a_test.rego",
    "below.rego",
    "f.rego",
    "g.rego",
    "h.rego",
  ]);
  expect(sorted("f.rego")).toEqual(["f.rego"]);
  expect(sorted("above.rego")).toEqual(["above.rego", "below.rego", "f.rego", "g.rego", "h.rego"]);
  expect(sorted("any_test.rego")).toHaveLength(files.length);
});

test("cases are a test's own if nothing but the file is asked for them", async () => {
  const [file] = await parsedRego({
    "p_test.rego": `package p_test
import data.p
import data.q as r
table := {"a": 1}
others := {x | some x in p.list}
names(t) := {n | some n, _ in t}
test_literal[x] if { some x in ["a", "b"]; p.f(x) }
test_table[name] if { some name, value in table; p.f(value) }
test_composed[note] if { some n in names(table); note := sprintf("is %v", [n]); r.f(n) }
test_nested[a][b] if { some a in [1]; some b in [2]; p.f(a) }
test_policy[x] if { some x in p.list; x }
test_renamed[x] if { some x in r.list; x }
test_indirect[x] if { some x in others; x }
test_data[x] if { some x in data.p.list; x }
test_input[x] if { some x in input; x }
test_second[b] if { some a in p.list; some b in [a]; p.f(b) }
`,
  });
  const own = [...ownCases(file ?? { tree: {} })].filter((name) => name.startsWith("test_"));
  expect(own).toEqual(["test_literal", "test_table", "test_composed", "test_nested"]);
});
