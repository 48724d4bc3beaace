import { PortcullisError } from "../error.ts";
import { placeOf } from "./policy-package.ts";
import { isTerm, Location, packageParts, type ParsedFile, refNames, refTerms, type Rule } from "./syntax.ts";

/** A body with variables of its own: of `every`, or of a comprehension with its head. */
interface Closure {
  readonly isEvery: boolean;
  readonly nodes: readonly unknown[];
  /** What `every` declares. */
  readonly declares: readonly unknown[];
  readonly location: Location | undefined;
}

/** A closure and the variables that it binds without declaring them. */
interface Bound {
  readonly closure: Closure;
  readonly names: ReadonlySet<string>;
}

/**
 * Finds variables that the body of `every` binds without declaring them, where another body of the same rule uses the name
 * for a variable of its own: OPA's compiler for WebAssembly takes both for one, and the rule gives something else than in OPA.
 */
export function undeclaredInEvery(root: string, files: readonly ParsedFile[]): readonly PortcullisError[] {
  return files.flatMap((file) => {
    const others = files.filter(({ module }) => samePackage(module, file.module));
    const known = globalNames(file, others);
    return (file.module.rules ?? [])
      .flatMap((rule) => clashes(rule, known))
      .map(({ name, location }) => miscompiled(root, file, name, location));
  });
}

function samePackage(one: ParsedFile["module"], other: ParsedFile["module"]): boolean {
  return packageParts(one).join("/") === packageParts(other).join("/");
}

/** Names that are no variables: of rules of the package and of imports. */
function globalNames({ module }: ParsedFile, files: readonly ParsedFile[]): ReadonlySet<string> {
  const rules = files.flatMap((file) =>
    (file.module.rules ?? []).map(({ head }) => refNames(head.ref)[0] ?? ""),
  );
  const imports = (module.imports ?? []).map(
    ({ path, alias }) => alias ?? refNames(refTerms(path) ?? []).at(-1) ?? "",
  );
  return new Set(["input", "data", ...rules, ...imports]);
}

interface Clash {
  readonly name: string;
  readonly location: Location;
}

function clashes(rule: Rule, known: ReadonlySet<string>): readonly Clash[] {
  const { head, body = [], location } = rule;
  const whole = { isEvery: false, nodes: [head.key, head.value, body], declares: [head.args], location };
  const bound = boundIn(whole, known);
  return bound
    .filter(({ closure }) => closure.isEvery)
    .flatMap(({ closure, names }) => {
      const others = bound.filter((other) => other.closure !== closure);
      const name = [...names].find((one) => others.some((other) => other.names.has(one)));
      return name === undefined ? [] : [{ name, location: closure.location ?? location }];
    });
}

/** The closures inside of one, each with what it binds; `visible` are the names from around it. */
function boundIn(closure: Closure, visible: ReadonlySet<string>): readonly Bound[] {
  const declared = new Set([...variablesIn(closure.declares), ...levelOf(closure.nodes, declarationOf)]);
  const names = new Set(
    levelOf(closure.nodes, variableOf).filter((name) => !declared.has(name) && !visible.has(name)),
  );
  const inside = new Set([...visible, ...declared, ...names]);
  return [{ closure, names }, ...closuresIn(closure.nodes).flatMap((inner) => boundIn(inner, inside))];
}

/** What `read` finds in the nodes, without what is inside of closures. */
function levelOf(node: unknown, read: (node: object) => readonly string[]): readonly string[] {
  if (typeof node !== "object" || node === null) return [];
  return [...read(node), ...childrenOf(node).flatMap((child) => levelOf(child, read))];
}

function closuresIn(node: unknown): readonly Closure[] {
  if (typeof node !== "object" || node === null) return [];
  const own = closureOf(node);
  return [...(own === undefined ? [] : [own]), ...childrenOf(node).flatMap(closuresIn)];
}

/** What belongs to the same level: of `every` that is its domain, of a call not the name of the function. */
function childrenOf(node: object): readonly unknown[] {
  if ("domain" in node) return [node.domain];
  if (closureOf(node) !== undefined) return [];
  const [operator, ...operands] = termsOf(node);
  return refTerms(operator) === undefined ? Object.values(node) : operands;
}

/** Operator and operands of a call, as an expression or as a term; of anything else nothing. */
function termsOf(node: object): readonly unknown[] {
  const terms = "terms" in node ? node.terms : isTerm(node) && node.type === "call" ? node.value : undefined;
  return Array.isArray(terms) ? terms : [];
}

function closureOf(node: object): Closure | undefined {
  if ("domain" in node && "body" in node) {
    const { key, value } = { key: null, value: null, ...node };
    return { isEvery: true, nodes: [node.body], declares: [key, value], location: locationOf(node) };
  }
  if (!isTerm(node) || !node.type.endsWith("comprehension")) return undefined;
  return { isEvery: false, nodes: [node.value], declares: [], location: undefined };
}

function locationOf(node: object): Location | undefined {
  return "location" in node ? Location.safeParse(node.location).data : undefined;
}

/** `some x` and `some x in xs` have `symbols`; of `x := 1` the left side is declared. */
function declarationOf(node: object): readonly string[] {
  if ("symbols" in node) return variablesIn(node.symbols);
  const [operator, left] = termsOf(node);
  return refNames(refTerms(operator) ?? []).join(".") === "assign" ? variablesIn(left) : [];
}

function variablesIn(node: unknown): readonly string[] {
  return levelOf(node, variableOf);
}

/** Wildcards, which begin with `$`, are one of their own each. */
function variableOf(node: object): readonly string[] {
  if (!isTerm(node) || node.type !== "var" || typeof node.value !== "string") return [];
  return node.value.startsWith("$") ? [] : [node.value];
}

function miscompiled(root: string, file: ParsedFile, name: string, location: Location): PortcullisError {
  return new PortcullisError("EVERY_VARIABLE", {
    message: `\`${name}\` is not declared in the body of \`every\`, and the rule uses the name elsewhere, too: OPA would compile both to one variable.`,
    remedy: `Write \`some ${name}\` as the first line of the body, or give one of them another name.`,
    position: placeOf(root, file.path, location),
  });
}
