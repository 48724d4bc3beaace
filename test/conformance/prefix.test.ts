import { expect, test } from "@jest/globals";
import { prefixed } from "./prefix.ts";

test.each<[what: string, rego: string, expected: string]>([
  ["a package", "package a.b\n", "package c7.a.b\n"],
  ["a package with a name in quotes", 'package a["b-c"]', 'package c7.a["b-c"]'],
  ["a reference", "p := data.a.b", "p := data.c7.a.b"],
  ["a reference in brackets", "p := data[x]", "p := data.c7[x]"],
  ["an import", "import data.lib as data_lib", "import data.c7.lib as data_lib"],
  ["no member that is called data", "p := input.data.package", "p := input.data.package"],
  ["no part of a name", "p := metadata.x + data_x", "p := metadata.x + data_x"],
  ["no comment", "# package data.x\np := 1 # data.y", "# package data.x\np := 1 # data.y"],
  ["no string", 'p := "data.x \\" data.y"', 'p := "data.x \\" data.y"'],
  ["no raw string", "p := `data.x \\`", "p := `data.x \\`"],
  ["the code in a template", 'p := $"data {data.x} \\{data.y"', 'p := $"data {data.c7.x} \\{data.y"'],
  ["the code in a raw template", "p := $`{{data.x: 1}} data`", "p := $`{{data.c7.x: 1}} data`"],
  ["what follows a template", 'p := [$"{"}"}", data.x]', 'p := [$"{"}"}", data.c7.x]'],
])("prefixed: %s", (_, rego, expected) => {
  expect(prefixed(rego, "c7")).toBe(expected);
});
