import { kindsNamed, qualifiedResource } from "../policy/kinds.ts";
import { PolicyMatch } from "../policy/metadata.ts";
import { definitions, type PolicyPackage } from "./policy-package.ts";
import { isTerm, refNames, refTerms, type Expression, type Rule, type Term } from "./syntax.ts";

/** Where each input contract has the kind of the object. */
const KIND_PATHS = new Set([
  "input.kind",
  "input.request.kind.kind",
  "input.request.object.kind",
  "input.review.kind.kind",
  "input.review.object.kind",
]);

const EQUALITIES = new Set(["equal", "eq", "assign"]);

/** Undefined: any kind, as far as can be told. */
type Kinds = ReadonlySet<string> | undefined;

/**
 * What a policy without `match` is for: the built-in kinds that every one of its rules tests for. Undefined if a rule
 * does not, or tests for a kind that is not built in.
 */
export function inferMatch(policy: PolicyPackage): PolicyMatch | undefined {
  const kinds = kindsOfRules(
    policy,
    policy.rules.flatMap((name) => policy.files.flatMap((file) => definitions(file, name))),
    new Set(),
  );
  if (kinds === undefined) return undefined;
  const types = [...kinds].map(kindsNamed);
  if (types.some((named) => named.length === 0)) return undefined;
  return PolicyMatch.parse({ resources: [...new Set(types.flat().map(qualifiedResource))].sort() });
}

/** The kinds that any of the rules may be true for; `visited` are the helper rules on the way here. */
function kindsOfRules(policy: PolicyPackage, rules: readonly Rule[], visited: ReadonlySet<string>): Kinds {
  const all = rules.map((rule) =>
    rule.else === undefined ? kindsOfBody(policy, rule.body ?? [], visited) : undefined,
  );
  const known = all.filter((kinds) => kinds !== undefined);
  return known.length === 0 || known.length < all.length
    ? undefined
    : new Set(known.flatMap((kinds) => [...kinds]));
}

/** A body is true only if all its expressions are, so one that tests the kind is enough. */
function kindsOfBody(
  policy: PolicyPackage,
  body: readonly Expression[],
  visited: ReadonlySet<string>,
): Kinds {
  const tested = body.filter(({ negated, with: modified }) => negated !== true && modified === undefined);
  const names = new Set(tested.flatMap(kindVariables));
  for (const { terms } of tested) {
    const kinds = Array.isArray(terms)
      ? comparedKinds(policy, terms, names)
      : helperKinds(policy, terms, visited);
    if (kinds !== undefined) return kinds;
  }
  return undefined;
}

/** The variable of `kind := input.kind`. */
function kindVariables({ terms }: Expression): readonly string[] {
  if (!Array.isArray(terms) || !EQUALITIES.has(operatorOf(terms))) return [];
  const [, left, right] = terms.filter(isTerm);
  if (left?.type !== "var" || typeof left.value !== "string") return [];
  return isKind(right, new Set()) ? [left.value] : [];
}

/** The kinds of `input.kind == "Pod"`, in either order, and of `input.kind in {"Pod", "Service"}`. */
function comparedKinds(policy: PolicyPackage, terms: readonly unknown[], names: ReadonlySet<string>): Kinds {
  const operator = operatorOf(terms);
  const [, left, right] = terms.filter(isTerm);
  if (EQUALITIES.has(operator)) {
    if (isKind(left, names)) return literals([right]);
    return isKind(right, names) ? literals([left]) : undefined;
  }
  return operator === "internal.member_2" && isKind(left, names) ? memberLiterals(policy, right) : undefined;
}

function operatorOf(terms: readonly unknown[]): string {
  return refNames(refTerms(terms[0]) ?? []).join(".");
}

function isKind(term: Term | undefined, names: ReadonlySet<string>): boolean {
  if (term?.type === "var") return names.has(String(term.value));
  const path = refTerms(term);
  return (
    path !== undefined && path.length === refNames(path).length && KIND_PATHS.has(refNames(path).join("."))
  );
}

/** The members of a set or list of strings, written here or as a constant of the package. */
function memberLiterals(policy: PolicyPackage, term: Term | undefined): Kinds {
  const members = term?.type === "var" ? constant(policy, String(term.value)) : term;
  if (members?.type !== "set" && members?.type !== "array") return undefined;
  return Array.isArray(members.value) ? literals(members.value.filter(isTerm)) : undefined;
}

/** The value of a rule that is defined once: `kinds := {"Pod", "Service"}`. */
function constant(policy: PolicyPackage, name: string): Term | undefined {
  const [only, another] = policy.files.flatMap((file) => definitions(file, name));
  return another === undefined && only?.head.args === undefined ? only?.head.value : undefined;
}

function literals(terms: readonly (Term | undefined)[]): Kinds {
  const texts = terms.map((term) => (term?.type === "string" ? String(term.value) : undefined));
  const known = texts.filter((text) => text !== undefined);
  return known.length === texts.length ? new Set(known) : undefined;
}

/** The kinds of a helper rule of the package, such as `is_deployment`, or of a lookup `kinds[input.kind]`. */
function helperKinds(policy: PolicyPackage, term: unknown, visited: ReadonlySet<string>): Kinds {
  const lookup = refTerms(term);
  if (lookup !== undefined) {
    const [set, key] = lookup;
    return lookup.length === 2 && isKind(key, new Set()) ? memberLiterals(policy, set) : undefined;
  }
  if (!isTerm(term) || term.type !== "var" || visited.has(String(term.value))) return undefined;
  const name = String(term.value);
  const rules = policy.files
    .flatMap((file) => definitions(file, name))
    .filter((rule) => rule.default !== true);
  const conditions = rules.every(({ head }) => head.value?.value === true && head.ref.length === 1);
  return conditions ? kindsOfRules(policy, rules, new Set([...visited, name])) : undefined;
}
