import { isTerm, refNames } from "../../build/syntax.ts";
import type { MutatedFile } from "./mutant.ts";
import { isNode, nodesIn, type SyntaxNode } from "./syntax-node.ts";

type TestFile = Pick<MutatedFile, "tree">;

/**
 * The rules of a test file, e.g. `test_x[case]`, whose cases are there whatever the policies say: until a case is known,
 * only the file's own rules are asked. A missing case of such a test has failed; of others it may never have begun.
 */
export function ownCases(file: TestFile): ReadonlySet<string> {
  const rules = Map.groupBy(nodesIn(file.tree["rules"]), nameOf);
  const foreign = new Set(["data", "input", ...nodesIn(file.tree["imports"]).map(importedName)]);
  const isOwn = (name: string): boolean =>
    rules.get(name)?.every((rule) => asksOnly(casesOf(rule), { rules, foreign })) === true;
  return new Set([...rules.keys()].filter(isOwn));
}

/** The constant start of a rule's reference. */
function nameOf({ head }: SyntaxNode): string {
  const [first] = nodesIn(isNode(head) ? head["ref"] : undefined);
  return typeof first?.["value"] === "string" ? first["value"] : "";
}

function importedName({ alias, path }: SyntaxNode): string {
  if (typeof alias === "string") return alias;
  const terms = isNode(path) ? nodesIn(path["value"]).filter(isTerm) : [];
  return refNames(terms).at(-1) ?? "";
}

/** The expressions up to the one after which every variable of the case has been written. */
function casesOf({ head, body }: SyntaxNode): readonly SyntaxNode[] {
  const [, ...parts] = nodesIn(isNode(head) ? head["ref"] : undefined);
  const missing = new Set(parts.flatMap((part) => [...variablesIn(part)]));
  const expressions = nodesIn(body);
  const end = expressions.findIndex((expression) => {
    for (const name of variablesIn(expression)) missing.delete(name);
    return missing.size === 0;
  });
  return expressions.slice(0, end + 1);
}

interface Names {
  readonly rules: ReadonlyMap<string, readonly SyntaxNode[]>;
  readonly foreign: ReadonlySet<string>;
}

/** Whether nothing is asked but builtins and rules of the file that ask nothing else either. */
function asksOnly(nodes: readonly SyntaxNode[], { rules, foreign }: Names): boolean {
  const asked = new Set(nodes.flatMap((node) => [...variablesIn(node)]));
  // A set that grows while it is walked is walked to its end.
  for (const name of asked) {
    for (const rule of rules.get(name) ?? []) for (const found of variablesIn(rule)) asked.add(found);
  }
  return asked.isDisjointFrom(foreign);
}

/** Every variable below a node; the first name of a reference is one. */
function* variablesIn(node: unknown): Generator<string> {
  if (typeof node !== "object" || node === null) return;
  if (isTerm(node) && node.type === "var" && typeof node.value === "string") yield node.value;
  for (const child of Object.values(node)) yield* variablesIn(child);
}
