import { nodesIn, type SyntaxNode } from "./syntax-node.ts";

/** What an infix operator becomes: its neighbours, so that a wrong bound or direction shows. */
const NEIGHBOURS: Readonly<Record<string, readonly string[]>> = {
  "==": ["!="],
  "!=": ["=="],
  "<": ["<=", ">"],
  "<=": ["<", ">="],
  ">": [">=", "<"],
  ">=": [">", "<="],
  "+": ["-"],
  "-": ["+"],
  "*": ["+"],
  "/": ["*"],
  "%": ["*"],
  "|": ["&"],
  "&": ["|"],
};

export function neighboursOf(symbol: string): readonly string[] {
  return NEIGHBOURS[symbol] ?? [];
}

/** The name by which OPA knows the function that a call calls: `equal`, `assign`, `internal.member_2`. */
export function calledName(operator: SyntaxNode | undefined): string {
  return nodesIn(operator?.["value"])
    .map(({ value }) => (typeof value === "string" ? value : "?"))
    .join(".");
}

/** Calls that bind variables: without them, or negated, there is nothing to compile. */
export function isBinding(operator: SyntaxNode | undefined): boolean {
  return ["assign", "eq"].includes(calledName(operator));
}
