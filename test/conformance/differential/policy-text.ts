import fc, { type Arbitrary } from "fast-check";
import { expression } from "./expression.ts";
import { filled, type Scope } from "./template.ts";

/** The name of the package is put in its place later. */
export const PACKAGE = "PACKAGE";

const NAMED: Scope = { depth: 4, loops: [], rules: true };
const UNNAMED: Scope = { ...NAMED, rules: false };

/**
 * Rules that name no others, and what is there only sometimes. Only `g` may have a conflict, since OPA gives undefined where
 * a value beside the conflict is, and WebAssembly may come to the conflict first.
 */
const RULES: readonly (readonly string[])[] = [
  [
    "p contains <any> if { <condition> }",
    "p contains $x if { some $x in id(<list>); <condition'> }",
    "p contains <any'> if { some $k, $x in id(<collection>); [$k, $x] != <any'> }",
  ],
  ["p contains <any>", "p contains 1 if { not <boolean> }"],
  [
    "q.fixed := <any> if { <condition> }",
    "q[[$k, 1]] := <any'> if { some $k, $x in id(<collection>); $x != <any'> }",
  ],
  ["q.a := <any>", 'q["b"] := <any> if { <condition> }', "q[<string>] := <any>"],
  ["default c := null", "default c := [1, {2}]", ""],
  [
    "c := <any> if { <condition> }",
    "c := <any> if { <condition> } else := <any> if { <condition> }",
    "c := <any> if { <condition> } else := <any>",
    "c if { <condition> }",
  ],
  [
    `f($x) := <any'> if { $x != "a"; <condition'> }`,
    `f($x) := <any'> if { $x != "a"; <condition'> } else := <any'> if { $x != "a" }`,
  ],
  ['f("a") := <any>', 'f("a") := <any> if { <condition> }', ""],
  ["g := <any> if { <condition> }", "g := <any>"],
  ["g := <any> if { <condition> }", "", ""],
];

/** What is asked of them: a part of the answer each, so that one that is undefined hides no other. */
const PARTS = [
  "<any>",
  "<any>",
  "[$x | some $x in id(<array>); <condition'>]",
  "v if { <condition>; v := <any> }",
  "v if { v := c with input as <object> }",
  "v if { v := p with input.a as <array> }",
  "v if { v := q with data.base.sizes as <object> }",
  "v if { v := f(id(<any>)) with input.n as <number> with input.z as <any> }",
];

function oneOf(templates: readonly string[], scope: Scope): Arbitrary<string> {
  return fc.oneof(...templates.map((template) => filled(template, scope, expression)));
}

/** A module: rules of every kind, and `answer` with the value and the text of them all. */
export function policyText(): Arbitrary<string> {
  const rules = RULES.map((templates) => oneOf(templates, UNNAMED));
  const parts = fc.array(oneOf(PARTS, NAMED), { minLength: 1, maxLength: 3 });
  return fc
    .tuple(fc.tuple(...rules), parts)
    .map(([texts, answers]) =>
      [
        `package ${PACKAGE}`,
        "id(value) := value",
        ...texts,
        ...["p", "q", "c", "g"].map((name) => `parts.${name} := ${name}`),
        ...answers.map((answer, index) => `parts.e${index} := ${answer}`),
        'answer := {"value": parts, "text": sprintf("%v", [parts])}',
        "",
      ].join("\n"),
    );
}
