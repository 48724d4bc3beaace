import fc, { type Arbitrary } from "fast-check";
import { filled, type Kind, type Scope } from "./template.ts";
import { integerText, numberText, stringText } from "./value-text.ts";

/** What needs nothing inside. */
const LEAVES: Readonly<Record<Kind, readonly string[]>> = {
  any: [
    "input.z",
    "input.n",
    "input.s",
    "input.a",
    "input.o",
    "null",
    "data.base.list[1]",
    "input.a[0]",
    "input.o.a",
  ],
  array: ["input.a", "data.base.list", "[]"],
  boolean: ["input.b", "true", "false"],
  collection: ["input.a", "input.o", "data.base.sizes"],
  condition: ["input.b", "true", "not input.b", "input.n > 1"],
  integer: ["input.i", "count(input)"],
  key: ["true", "null"],
  list: ["input.a", "{1, 2}"],
  number: ["input.n", "data.base.sizes.b"],
  object: ["input.o", "data.base.sizes", "{}"],
  set: ["set()", "({1} | {input.n})"],
  small: ["0", "1", "2", "3", "-1"],
  string: ["input.s", "data.base.name"],
};

/** Those of `number` and `string` have literals besides. */
const LITERALS: Partial<Readonly<Record<Kind, Arbitrary<string>>>> = {
  any: fc.oneof(numberText, stringText),
  key: fc.oneof(numberText, stringText),
  integer: integerText,
  number: numberText,
  string: stringText,
};

const KINDS_OF: Partial<Readonly<Record<Kind, readonly Kind[]>>> = {
  any: ["array", "boolean", "number", "object", "set", "string"],
  collection: ["array", "object", "set"],
  key: ["array", "number", "set", "string"],
  list: ["array", "set"],
};

/**
 * What is known to differ is left out (`../exclusions.json`): an array made by a loop over a set or an object is sorted, since
 * WebAssembly goes through these in the order of hashes; sets and objects with items that are equal, of which OPA keeps two;
 * and variables that are not declared.
 */
const TEMPLATES: Partial<Readonly<Record<Kind, readonly string[]>>> = {
  any: [
    "object.get(<object>, <any>, <any>)",
    "input[<string>]",
    "data.base.list[<small>]",
    "max(<list>)",
    "min(<list>)",
  ],
  array: [
    "[<any>]",
    "[<any>, <any>]",
    "array.concat(<array>, <array>)",
    "array.slice(<array>, <small>, <small>)",
    "array.reverse(<array>)",
    "sort(<list>)",
    "split(<string>, <string>)",
    "numbers.range(<small>, <small>)",
    "[<any'> | some $x in id(<array>); $x != <any'>]",
    "[[$k, $x] | some $k, $x in id(<array>)]",
    "sort([[$x, <any'>] | some $x in id(<collection>)])",
    "sort([[$k, $x] | some $k, $x; walk(<any>, [$k, $x])])",
  ],
  boolean: [
    "(id(<any>) == <any>)",
    "(id(<any>) != <any>)",
    "(<any> < <any>)",
    "(<any> <= <any>)",
    "(<number> > <number>)",
    "(<string> >= <string>)",
    "(<any> in <collection>)",
    "contains(<string>, <string>)",
    "startswith(<string>, <string>)",
    "is_string(<any>)",
    "is_number(<any>)",
    "is_set(<any>)",
    "is_object(<any>)",
    'regex.match("^[a-c]+.?$", <string>)',
    'glob.match("a*", [], <string>)',
    "glob.match(<string>, null, <string>)",
    'glob.match(concat("*", [<string>, <string>]), ["."], <string>)',
  ],
  condition: [
    "<boolean>",
    "not <boolean>",
    "id(<any>) == <any>",
    "count(<collection>) > <small>",
    "some $x in id(<collection>); $x != <any>; <condition'>",
    "every $x in id(<collection>) { $x != <any>; <condition'> }",
    "every $k, $x in id(<collection>) { [$k, $x] != <any'> }",
    "some $x; [$x, _] = id(<array>); $x != <any>; <condition'>",
    "$x := <any>; $x != <any>; <condition'>",
    "id(<array>)[_] == <any>",
  ],
  number: [
    "<integer>",
    "to_number(<string>)",
    "max([<number>, <integer>])",
    "(<number> + <number>)",
    "(<number> - <number>)",
    "(<number> * <number>)",
    "(<number> / <number>)",
    "abs(<number>)",
    "ceil(<number>)",
    "floor(<number>)",
    "round(<number>)",
    "sum([<number>, <number>, <integer>])",
    "product([<number>, <number>])",
  ],
  integer: [
    "(<integer> + <integer>)",
    "(<integer> - <integer>)",
    "(<integer> * <integer>)",
    "(<integer> % <small>)",
    "abs(<integer>)",
    "round(<integer>)",
    "sum([<small>, <small>])",
    "product([<small>, <small>])",
    "count(<collection>)",
    "count(<string>)",
    "indexof(<string>, <string>)",
  ],
  object: [
    "{<string>: <any>}",
    "object.union({<key>: <any>}, {<string>: <any>})",
    "{$x: <any'> | some $x in id(<set>)}",
    "{$k: $x | some $k, $x in id(<collection>); <condition'>}",
    "object.union(<object>, <object>)",
    "object.remove(<object>, <list>)",
    "object.filter(<object>, <list>)",
    'json.remove(<object>, ["a", "b/0", <string>])',
    "json.filter(<object>, [<string>, <string>])",
  ],
  set: [
    "{<any>}",
    "({<any>} | {<any>})",
    "{[$x, <any'>] | some $x in id(<collection>); <condition'>}",
    "{[$k, $x] | some $k, $x in id(<collection>)}",
    "(<set> | <set>)",
    "(<set> & <set>)",
    "(<set> - <set>)",
    "union({<set>} | {<set>})",
    "intersection({<set>} | {<set>})",
    "object.keys(<object>)",
  ],
  string: [
    "concat(<string>, [<string>, <string>])",
    'sprintf("%v", [<any>])',
    'sprintf("%s is %d or %q", [<string>, <number>, <any>])',
    '$"{<string>} and {<integer>}"',
    "lower(<string>)",
    "upper(<string>)",
    "substring(<string>, <small>, <small>)",
    'replace(<string>, "a", <string>)',
    "trim(<string>, <string>)",
    "trim_space(<string>)",
    "format_int(<small>, 16)",
    "type_name(<any>)",
    "strings.reverse(<string>)",
    "base64.encode(<string>)",
    "json.marshal(<any>)",
    "json.marshal(<set>)",
    "concat(<string>, {<string>, <string>})",
  ],
};

/** What names the rules of the module that is generated. */
const RULES: Partial<Readonly<Record<Kind, readonly string[]>>> = {
  any: ["c", "f(id(<any>))", "q[id(<string>)]", "object.get(q, <any>, <any>)"],
  collection: ["p", "q"],
  object: ["q"],
  set: ["p"],
  condition: ["p[id(<any>)]", "not c", "f(id(<any>))"],
};

const known = new Map<string, Arbitrary<string>>();

/** Any expression of a kind, as text. */
export function expression(kind: Kind, scope: Scope): Arbitrary<string> {
  const key = JSON.stringify([kind, scope]);
  const made = known.get(key) ?? makeExpression(kind, scope);
  known.set(key, made);
  return made;
}

function makeExpression(kind: Kind, scope: Scope): Arbitrary<string> {
  if (scope.depth <= 0 || kind === "small") return leaf(kind, scope);
  const templates = [...(TEMPLATES[kind] ?? []), ...(scope.rules ? (RULES[kind] ?? []) : [])];
  const nested = templates.map((template) => filled(template, scope, expression));
  return fc.oneof(
    leaf(kind, scope),
    ...(nested.length > 0 ? [{ weight: 4, arbitrary: fc.oneof(...nested) }] : []),
    ...(KINDS_OF[kind] ?? []).map((other) => expression(other, scope)),
  );
}

/** A variable may be anything, so it stands where the compiler does not mind. */
const WITHOUT_VARIABLES: ReadonlySet<Kind> = new Set(["small", "condition", "set", "object"]);

function leaf(kind: Kind, { loops }: Scope): Arbitrary<string> {
  const literal = LITERALS[kind];
  const variables = WITHOUT_VARIABLES.has(kind) ? [] : loops.map((loop) => `x${loop}`);
  return fc.oneof(
    fc.constantFrom(...LEAVES[kind], ...variables, ...variables),
    ...(literal === undefined ? [] : [literal]),
  );
}
