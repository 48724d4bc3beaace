import type { PolicyMatch } from "../../policy/metadata.ts";
import type { Edit, Operator, Scope } from "./edit.ts";
import { ruleEdits } from "./rule-edits.ts";
import { isNode, nodesIn, type SyntaxNode } from "./syntax-node.ts";

/** What tells one mutant from all others, however far the lines of its file move. */
export interface MutantIdentity {
  /** Relative to the policy root. */
  readonly file: string;
  readonly rule: string;
  readonly operator: Operator;
  /** What is changed, and into what: on one line, and cut where it is long. */
  readonly before: string;
  readonly after: string;
  /** Which one of the equal ones, from 1. */
  readonly occurrence: number;
}

interface PlacedMutant extends MutantIdentity {
  readonly line: number;
  readonly column: number;
  /** The whole file. */
  readonly text: string;
}

/** A policy with one small change of its rules. */
export interface RuleMutant extends PlacedMutant {
  readonly kind: "rule";
}

/** A policy whose METADATA matches less, or more. */
export interface MatchMutant extends PlacedMutant {
  readonly kind: "match";
  /** What takes the place of what the policy's `match` has. */
  readonly match: Partial<PolicyMatch>;
}

export type Mutant = RuleMutant | MatchMutant;

/** A file whose rules are changed; `tree` is what `opa parse` says of it. */
export interface MutatedFile extends Scope {
  readonly path: string;
  readonly tree: SyntaxNode;
}

/** Every mutant of a file's rules, in their order; no two have the same text. */
export function findRuleMutants(file: MutatedFile): readonly RuleMutant[] {
  const rules = nodesIn(file.tree["rules"]);
  const names = Map.groupBy(rules, ruleName);
  const texts = new Set([file.source.text]);
  const seen = new Map<string, number>();
  return rules.flatMap((rule) => {
    const name = ruleName(rule);
    const edits = [...ruleEdits(file, rule, names.get(name)?.length === 1)];
    return edits.flatMap((edit) => {
      const text = applied(file.source.text, edit);
      if (texts.has(text)) return [];
      texts.add(text);
      const { line, column } = file.source.positionOf(edit.span.start);
      return [{ kind: "rule", ...identified({ file, name, edit }, seen), line, column, text }];
    });
  });
}

interface Found {
  readonly file: MutatedFile;
  readonly name: string;
  readonly edit: Edit;
}

function identified({ file, name, edit }: Found, seen: Map<string, number>): MutantIdentity {
  const { operator, span } = edit;
  const before = shortened(edit.before ?? file.source.text.slice(span.start, span.end));
  const after = edit.before === undefined ? shortened(edit.replacement) : "";
  const key = JSON.stringify([name, operator, before, after]);
  const occurrence = (seen.get(key) ?? 0) + 1;
  seen.set(key, occurrence);
  return { file: file.path, rule: name, operator, before, after, occurrence };
}

function applied(text: string, { span, replacement }: Edit): string {
  return text.slice(0, span.start) + replacement + text.slice(span.end);
}

/** Long enough to be told by, short enough for a list. */
const LONGEST = 120;

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}

/** The constant start of a rule's reference: `deny`, `nouns` for `nouns[x][y]`. */
function ruleName({ head }: SyntaxNode): string {
  const [first] = nodesIn(isNode(head) ? head["ref"] : undefined);
  return typeof first?.["value"] === "string" ? first["value"] : "";
}
