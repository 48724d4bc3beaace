import type { PolicyPackage } from "./policy-package.ts";
import { isTerm, refNames, refTerms, type Rule } from "./syntax.ts";

/** The names that a rule declares itself: arguments, `some`, `:=` and `every`, wherever in the rule they stand. */
export function localNames(rule: Rule): ReadonlySet<string> {
  return new Set([...variablesIn(rule.head.args), ...declaredIn(rule)]);
}

function* declaredIn(node: unknown): Generator<string> {
  if (typeof node !== "object" || node === null) return;
  yield* variablesIn(declarationOf(node));
  for (const child of Object.values(node)) yield* declaredIn(child);
}

/** What a node declares: `some` has `symbols`, `every` has `key` and `value` beside its `domain`. */
function declarationOf(node: object): unknown {
  if ("symbols" in node) return node.symbols;
  if ("domain" in node) return { ...node, domain: null, body: null };
  return Array.isArray(node) && isAssignment(node[0]) ? node[1] : undefined;
}

function isAssignment(operator: unknown): boolean {
  return refNames(refTerms(operator) ?? []).join(".") === "assign";
}

function* variablesIn(node: unknown): Generator<string> {
  if (typeof node !== "object" || node === null) return;
  if (isTerm(node) && node.type === "var" && typeof node.value === "string") yield node.value;
  for (const child of Object.values(node)) yield* variablesIn(child);
}

/** Whether a name means something else than the package's rule of that name, by a declaration or by an import. */
export function hides({ files }: PolicyPackage, locals: ReadonlySet<string>, name: string): boolean {
  const imported = files
    .flatMap(({ module }) => module.imports ?? [])
    .map(({ path, alias }) => alias ?? refNames(refTerms(path) ?? []).at(-1));
  return locals.has(name) || imported.includes(name);
}

/** `kinds := {"Pod"}`: no condition, no `else`, no arguments, no default, and no part of an object or a set. */
export function isConstant({ default: isDefault, head, body, else: otherwise }: Rule): boolean {
  const isPlain = head.args === undefined && head.key === undefined && head.ref.length === 1;
  const [only, another] = body ?? [];
  const isUnconditional =
    only === undefined || (another === undefined && isTerm(only.terms) && only.terms.value === true);
  return isPlain && isUnconditional && isDefault !== true && otherwise === undefined;
}

/** `is_pod if input.kind == "Pod"`: true if its body holds, otherwise undefined. */
export function isTrueByBody({ head }: Rule): boolean {
  return head.value?.value === true && head.ref.length === 1 && head.args === undefined;
}
