import { describe, expect, test } from "@jest/globals";
import { problemsOf } from "../../test/policy-folder.ts";

function rule(...lines: readonly string[]): Readonly<Record<string, string>> {
  return { "pack/rule.rego": ["package rule", "", ...lines, ""].join("\n") };
}

describe("a variable that `every` does not declare is refused where the rule uses its name elsewhere:", () => {
  test.each([
    [
      "in the head",
      ["deny contains [name | name = 1] if {", '  every y in ["a"] { name = "b"; y != name }', "}"],
      4,
    ],
    [
      "in another every",
      ["deny contains 1 if {", "  every y in [2] { name = y }", "  every z in [3] { name = z }", "}"],
      4,
    ],
    [
      "in a comprehension of the body, by a reference",
      [
        "deny contains 1 if {",
        "  every y in input.a { y == input.b[name] }",
        "  count({name | input.c[name]}) > 0",
        "}",
      ],
      4,
    ],
    [
      "in a function",
      [
        "deny contains f(1)",
        "f(x) := [name | name = x] if {",
        "  every y in [2] {",
        "    name = y",
        "  }",
        "}",
      ],
      5,
    ],
  ])("%s", async (_, lines, row) => {
    const problems = await problemsOf(rule(...lines));
    const [first] = problems;
    expect(first).toMatchObject({ code: "EVERY_VARIABLE", at: `pack/rule.rego:${row}:3` });
    expect(first?.message).toContain("`name`");
    expect(first?.remedy).toContain("`some name`");
  });
});

describe("`every` is accepted", () => {
  test.each([
    [
      "with a variable that is declared",
      ["deny contains [name | name = input.kind] if {", "  every y in [2] { some name; name = y }", "}"],
    ],
    [
      "with one that is assigned",
      ["deny contains [name | name = input.kind] if {", "  every y in [2] { name := y; name > 1 }", "}"],
    ],
    [
      "with a variable of the rule",
      [
        "deny contains name if {",
        "  name = input.kind",
        "  every y in [2] { y != name }",
        "  count([name | y := 1; y > 0]) > 0",
        "}",
      ],
    ],
    [
      "with an undeclared variable whose name is used nowhere else",
      [
        "deny contains input.kind if {",
        "  every y in [2] { name = y; name > 1 }",
        "  count([z | z = 1]) > 0",
        "}",
      ],
    ],
    [
      "with the names of rules, imports, functions and arguments",
      [
        "import data.other as own",
        "names := {1}",
        "deny contains f(input.kind)",
        "f(x) := [names | own.names == names] if {",
        "  every y in [2] { names[y - 1]; count([own | own]) > 0; x != y }",
        "}",
      ],
    ],
    [
      "with the same name in two rules",
      [
        "deny contains input.kind if {",
        "  every y in [2] { name = y }",
        "}",
        "deny contains [name | name = input.kind]",
      ],
    ],
    [
      "with wildcards, and a name that is declared around it",
      [
        "deny contains input.kind if {",
        "  some name in input.names",
        "  every y in [2] { y != input.b[_]; y != name }",
        "  count([name | input.c[_]]) == 0",
        "}",
      ],
    ],
  ])("%s", async (_, lines) => {
    expect(await problemsOf(rule(...lines))).toEqual([]);
  });
});
