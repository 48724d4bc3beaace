import { definitions, type PolicyPackage } from "./policy-package.ts";
import { hides, isConstant, isTrueByBody, localNames } from "./scope.ts";
import { isTerm, refNames, refTerms, type Expression, type Rule, type Term } from "./syntax.ts";

const EQUALITIES = new Set(["equal", "eq", "assign"]);

/** What is asked: the values for which the rules of a policy test a field such as `input.kind`. */
interface Question {
  readonly policy: PolicyPackage;
  /** Where the field is, in each input contract. */
  readonly paths: ReadonlySet<string>;
}

/** What can be seen from where a rule stands. */
interface Scope extends Question {
  /** Names that the rule itself gives a meaning: they are not the rules of the package that have the same name. */
  readonly locals: ReadonlySet<string>;
  /** Variables of this body that hold the field. */
  readonly variables: ReadonlySet<string>;
  /** The helper rules on the way here. */
  readonly visited: ReadonlySet<string>;
}

/** Undefined: any value, as far as can be told. */
export type Values = ReadonlySet<string> | undefined;

/** The values of the field for which every rule of a policy tests; undefined if one of them does not. */
export function testedValues(policy: PolicyPackage, paths: ReadonlySet<string>): Values {
  const rules = policy.rules.flatMap((name) => policy.files.flatMap((file) => definitions(file, name)));
  return valuesOfRules({ policy, paths }, rules, new Set());
}

/** The values that a positive test compares the field with, in any rule or helper of the policy. */
export function comparedValues(policy: PolicyPackage, paths: ReadonlySet<string>): ReadonlySet<string> {
  const found = policy.files
    .flatMap(({ module }) => module.rules ?? [])
    .flatMap((rule) => {
      const scope = scopeOf({ policy, paths }, rule, new Set());
      return [...positiveTests(rule)].map((terms) => compared(scope, terms));
    });
  return new Set(found.flatMap((values) => [...(values ?? [])]));
}

/** Every list of terms below a node that is not negated: operators with their operands among them. */
function* positiveTests(node: unknown): Generator<readonly unknown[]> {
  if (typeof node !== "object" || node === null || ("negated" in node && node.negated === true)) return;
  if (Array.isArray(node)) yield node;
  for (const child of Object.values(node)) yield* positiveTests(child);
}

function scopeOf(question: Question, rule: Rule, visited: ReadonlySet<string>): Scope {
  const scope = { ...question, locals: localNames(rule), variables: new Set<string>(), visited };
  return { ...scope, variables: new Set(positive(rule).flatMap(({ terms }) => variables(scope, terms))) };
}

function valuesOfRules(question: Question, rules: readonly Rule[], visited: ReadonlySet<string>): Values {
  const all = rules.map((rule) =>
    rule.else === undefined ? valuesOfBody(scopeOf(question, rule, visited), rule) : undefined,
  );
  const known = all.filter((values) => values !== undefined);
  return known.length === 0 || known.length < all.length
    ? undefined
    : new Set(known.flatMap((values) => [...values]));
}

/** A body is true only if all its expressions are, so one that tests the field is enough. */
function valuesOfBody(scope: Scope, rule: Rule): Values {
  for (const { terms } of positive(rule)) {
    const values = Array.isArray(terms) ? compared(scope, terms) : valuesOfTerm(scope, terms);
    if (values !== undefined) return values;
  }
  return undefined;
}

function positive({ body }: Rule): readonly Expression[] {
  return (body ?? []).filter(({ negated, with: modified }) => negated !== true && modified === undefined);
}

/** The variable of `kind := input.kind`. */
function variables(scope: Scope, terms: unknown): readonly string[] {
  if (!Array.isArray(terms) || !EQUALITIES.has(operatorOf(terms))) return [];
  const [, left, right] = terms.filter(isTerm);
  if (left?.type !== "var" || typeof left.value !== "string") return [];
  return isField(scope, right) ? [left.value] : [];
}

/** The values of `input.kind == "Pod"`, in either order, and of `input.kind in {"Pod", "Service"}`. */
function compared(scope: Scope, terms: readonly unknown[]): Values {
  const operator = operatorOf(terms);
  const [, left, right] = terms.filter(isTerm);
  if (EQUALITIES.has(operator)) {
    if (isField(scope, left)) return literals([right]);
    return isField(scope, right) ? literals([left]) : undefined;
  }
  return operator === "internal.member_2" && isField(scope, left) ? memberLiterals(scope, right) : undefined;
}

function operatorOf(terms: readonly unknown[]): string {
  return refNames(refTerms(terms[0]) ?? []).join(".");
}

function isField(scope: Scope, term: Term | undefined): boolean {
  if (term?.type === "var") return scope.variables.has(String(term.value));
  const path = refTerms(term);
  return (
    path !== undefined && path.length === refNames(path).length && scope.paths.has(refNames(path).join("."))
  );
}

/** The members of a set or list of strings, written here or as a constant of the package. */
function memberLiterals(scope: Scope, term: Term | undefined): Values {
  const members = term?.type === "var" ? constant(scope, String(term.value)) : term;
  if (members?.type !== "set" && members?.type !== "array") return undefined;
  return Array.isArray(members.value) ? literals(members.value.filter(isTerm)) : undefined;
}

/** The value of a rule that is defined once and always the same: `kinds := {"Pod", "Service"}`. */
function constant({ policy, locals }: Scope, name: string): Term | undefined {
  if (hides(policy, locals, name)) return undefined;
  const [only, another] = policy.files.flatMap((file) => definitions(file, name));
  return another === undefined && only !== undefined && isConstant(only) ? only.head.value : undefined;
}

function literals(terms: readonly (Term | undefined)[]): Values {
  const texts = terms.map((term) => (term?.type === "string" ? String(term.value) : undefined));
  const known = texts.filter((text) => text !== undefined);
  return known.length === texts.length ? new Set(known) : undefined;
}

/** The values of a helper rule of the package, such as `is_deployment`, or of a lookup `kinds[input.kind]`. */
function valuesOfTerm(scope: Scope, term: unknown): Values {
  const lookup = refTerms(term);
  if (lookup !== undefined) {
    const [set, key] = lookup;
    return lookup.length === 2 && isField(scope, key) ? memberLiterals(scope, set) : undefined;
  }
  const { policy, locals, visited } = scope;
  if (!isTerm(term) || term.type !== "var") return undefined;
  const name = String(term.value);
  if (visited.has(name) || hides(policy, locals, name)) return undefined;
  const rules = policy.files
    .flatMap((file) => definitions(file, name))
    .filter(({ default: isDefault, head }) => isDefault !== true || head.value?.value !== false);
  return rules.every(isTrueByBody) ? valuesOfRules(scope, rules, new Set([...visited, name])) : undefined;
}
