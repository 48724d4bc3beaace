import { z } from "zod";

/** Rows and columns count from 1. */
export const Location = z.object({ row: z.number(), col: z.number() });
export type Location = z.infer<typeof Location>;

/** `type` is `var`, `string`, `ref`, `call`, `set`, …; what `value` is depends on it. */
export const Term = z.object({ type: z.string(), value: z.unknown() });
export type Term = z.infer<typeof Term>;

/** Terms are one term (`input.ready`) or operator and operands (`input.kind == "Pod"`). */
const Expression = z.object({
  terms: z.unknown(),
  negated: z.boolean().optional(),
  with: z.array(z.unknown()).optional(),
});
export type Expression = z.infer<typeof Expression>;

/** `deny contains x` has a key and no value, `deny := x` a value and no key, a function has arguments. */
const RuleHead = z.object({
  ref: z.array(Term),
  key: Term.optional(),
  value: Term.optional(),
  args: z.array(Term).optional(),
});

const Rule = z.object({
  default: z.boolean().optional(),
  head: RuleHead,
  body: z.array(Expression).optional(),
  else: z.unknown().optional(),
  location: Location,
});
export type Rule = z.infer<typeof Rule>;

/** `deny contains x`, in v0 `deny[x]`. */
export function isPartialSet({ head }: Rule): boolean {
  return (
    head.ref.length === 1 && head.key !== undefined && head.value === undefined && head.args === undefined
  );
}

const Annotation = z.object({
  scope: z.string(),
  title: z.string().optional(),
  description: z.string().optional(),
  related_resources: z.array(z.object({ ref: z.string(), description: z.string().optional() })).optional(),
  custom: z.record(z.string(), z.unknown()).optional(),
  /** Of the line `# METADATA`. */
  location: Location,
});
export type Annotation = z.infer<typeof Annotation>;

/** The part of OPA's syntax tree (`opa parse --format json --json-include locations`) that the build looks at. */
export const Module = z.object({
  package: z.object({ path: z.array(Term), location: Location }),
  imports: z.array(z.object({ path: Term, alias: z.string().optional() })).optional(),
  rules: z.array(Rule).optional(),
  annotations: z.array(Annotation).optional(),
});
export type Module = z.infer<typeof Module>;

/** A file of Rego, parsed. */
export interface ParsedFile {
  /** Relative to the policy root. */
  readonly path: string;
  readonly dialect: "v0" | "v1";
  readonly lines: readonly string[];
  readonly module: Module;
}

export function isTerm(value: unknown): value is Term {
  return typeof value === "object" && value !== null && "type" in value && "value" in value;
}

/** The terms of a reference such as `input.kind`; undefined for any other term. */
export function refTerms(term: unknown): readonly Term[] | undefined {
  return isTerm(term) && term.type === "ref" && Array.isArray(term.value)
    ? term.value.filter(isTerm)
    : undefined;
}

/** The leading names of a reference: `input.request[x].y` gives `input`, `request`. */
export function refNames(terms: readonly Term[]): readonly string[] {
  const names: string[] = [];
  for (const [index, { type, value }] of terms.entries()) {
    if (typeof value !== "string" || type !== (index === 0 ? "var" : "string")) break;
    names.push(value);
  }
  return names;
}

/** The leading names of every reference below a node of the syntax tree. */
export function* referencesIn(node: unknown): Generator<readonly string[]> {
  const terms = refTerms(node);
  if (terms !== undefined) yield refNames(terms);
  if (typeof node !== "object" || node === null) return;
  for (const child of Object.values(node)) yield* referencesIn(child);
}

/** The parts of a package's name without `data`: `["policies", "pod-security"]`. */
export function packageParts(module: Module): readonly string[] {
  return refNames(module.package.path).slice(1);
}

/** Whether one is the beginning of the other: a reference leads into a package, or to where the package lies. */
export function overlap(left: readonly string[], right: readonly string[]): boolean {
  const length = Math.min(left.length, right.length);
  return left.slice(0, length).every((part, index) => part === right[index]);
}

const PLAIN_PART = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A package as Rego writes it: `policies["pod-security"]`. */
export function formatPackage(parts: readonly string[]): string {
  const [first = "", ...rest] = parts;
  return (
    first + rest.map((part) => (PLAIN_PART.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`)).join("")
  );
}
