import type { Expression, Term } from "./rego-tree.ts";

/**
 * A rule that Portcullis adds to a file of tests to learn something about a test: its value is a set with `values` for
 * every way in which the expressions hold. One form for v0 and v1: a complete rule whose value is a comprehension.
 */
export function probeRule(name: string, values: readonly string[], expressions: readonly string[]): string {
  const body = expressions.length === 0 ? "true" : expressions.join("\n\t");
  return `${name} := {[${values.join(", ")}] |\n\t${body}\n}`;
}

/** The expressions with `not` and `with`, as they stand in the file. */
export function textsOfBody(body: readonly Expression[]): readonly string[] {
  return body.flatMap(({ location, generated }) => (generated === true ? [] : [location.text]));
}

export function textsOf(terms: readonly Term[]): readonly string[] {
  return terms.map(({ location, value }) => location?.text ?? JSON.stringify(value));
}
