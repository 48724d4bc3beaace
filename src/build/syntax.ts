/** The part of OPA's syntax tree (`opa parse --format json --json-include locations`) that the build looks at. */
export interface Module {
  readonly package: { readonly path: readonly Term[]; readonly location: Location };
  readonly imports?: readonly { readonly path: Term }[];
  readonly rules?: readonly Rule[];
  readonly annotations?: readonly Annotation[];
}

/** Rows and columns count from 1. */
export interface Location {
  readonly row: number;
  readonly col: number;
}

export interface Term {
  /** `var`, `string`, `ref`, `call`, `set`, … */
  readonly type: string;
  readonly value: unknown;
}

export interface Rule {
  readonly default?: boolean;
  readonly head: RuleHead;
  readonly body?: readonly Expression[];
  readonly else?: unknown;
  readonly location: Location;
}

/** `deny contains x` has a key and no value, `deny := x` a value and no key, a function has arguments. */
export interface RuleHead {
  readonly ref: readonly Term[];
  readonly key?: Term;
  readonly value?: Term;
  readonly args?: readonly Term[];
}

/** Terms are one term (`input.ready`) or operator and operands (`input.kind == "Pod"`). */
export interface Expression {
  readonly terms: unknown;
  readonly negated?: boolean;
  readonly with?: readonly unknown[];
}

export interface Annotation {
  readonly scope: string;
  readonly title?: string;
  readonly description?: string;
  readonly related_resources?: readonly { readonly ref: string; readonly description?: string }[];
  readonly custom?: Readonly<Record<string, unknown>>;
  /** Of the line `# METADATA`. */
  readonly location: Location;
}

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
  return isTerm(term) && term.type === "ref" && Array.isArray(term.value) ? term.value.filter(isTerm) : undefined;
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

const PLAIN_PART = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A package as Rego writes it: `policies["pod-security"]`. */
export function formatPackage(parts: readonly string[]): string {
  const [first = "", ...rest] = parts;
  return first + rest.map((part) => (PLAIN_PART.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`)).join("");
}
