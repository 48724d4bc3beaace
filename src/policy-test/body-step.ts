import { textsOfBody } from "./probe.ts";
import {
  expressionsOf,
  nameOf,
  partsOf,
  termOf,
  type Expression,
  type Rule,
  type Term,
} from "./rego-tree.ts";
import type { Location } from "./rego-tree.ts";

/** A part of an expression whose value explains why it does not hold. */
export interface Operand {
  readonly text: string;
  /** What people read in the place of the text. */
  readonly label?: string;
  /** Whether it is one of the two sides of an equality, and not something inside of a side. */
  readonly isSide: boolean;
  /** Whether it is written out: its value is what the author expects. */
  readonly isLiteral: boolean;
}

/** An expression of a test that has to hold, or the value that the test has if its body holds. */
export interface BodyStep {
  readonly location: Location;
  readonly operands: readonly Operand[];
  /** `with input as …`, for evaluating an operand by itself. */
  readonly modifiers: string;
}

const COMPARISONS = new Set(["equal", "eq"]);

/** What has to hold one after the other for a test to be true. */
export function stepsOf({ body, head }: Rule): readonly BodyStep[] {
  const expressions = body.filter(({ generated }) => generated !== true).map(stepOfExpression);
  return head.value === undefined ? expressions : [...expressions, ...stepOfValue(head.value)];
}

function stepOfExpression({ terms, location, with: modifiers = [] }: Expression): BodyStep {
  const texts = modifiers.map((modifier) => modifier.location.text);
  return { location, operands: operandsOf(terms), modifiers: texts.join(" ") };
}

/** `test_x := a == b` has to be true just as `test_x if a == b`; `true` that OPA has put there has no place. */
function stepOfValue(value: Term): readonly BodyStep[] {
  const { location, type } = value;
  if (location === undefined || type === "boolean") return [];
  const call = partsOf(value, "call");
  return [
    { location, operands: call === undefined ? operand(value, false) : operandsOfCall(call), modifiers: "" },
  ];
}

function operandsOf(terms: unknown): readonly Operand[] {
  if (Array.isArray(terms)) return operandsOfCall(terms.flatMap((term) => termOf(term) ?? []));
  const term = termOf(terms);
  if (term !== undefined) return operand(term, false);
  if (typeof terms !== "object" || terms === null) return [];
  if ("domain" in terms) return [...operandsOf(terms.domain), ...firstUnmet(terms)];
  if (!("symbols" in terms) || !Array.isArray(terms.symbols)) return [];
  return terms.symbols.flatMap((symbol) => searched(termOf(symbol)));
}

/** Of `every x in xs { … }`, the first element for which the body does not hold. */
function firstUnmet(every: object): readonly Operand[] {
  const part = (name: "key" | "value" | "domain"): string | undefined =>
    termOf(Reflect.get(every, name))?.location?.text;
  const [key, value, domain] = [part("key"), part("value"), part("domain")];
  const body = textsOfBody(expressionsOf(Reflect.get(every, "body")));
  if (value === undefined || domain === undefined || body.length === 0) return [];
  const hasKey = key !== undefined && key !== "_";
  const named = hasKey ? key : "portcullis_key";
  const unmet = `count([true |\n${body.join("\n")}\n]) == 0`;
  // By their keys: members of an object come in any order.
  const first = `sort([[${named}, ${value}] | some ${named}, ${value} in ${domain}; ${unmet}])[0]`;
  return hasKey
    ? [{ text: first, label: `${key}, ${value}`, isSide: false, isLiteral: false }]
    : [{ text: `${first}[1]`, label: value, isSide: false, isLiteral: false }];
}

/** Of `some x in xs`, the collection. */
function searched(symbol: Term | undefined): readonly Operand[] {
  const collection = symbol === undefined ? undefined : partsOf(symbol, "call")?.at(-1);
  return collection === undefined ? [] : operand(collection, false);
}

function operandsOfCall([operator, ...all]: readonly Term[]): readonly Operand[] {
  if (operator === undefined) return [];
  const name = nameOf(operator);
  // What is assigned to has no value yet.
  const operands = name === "assign" ? all.slice(1) : all;
  const isSide = COMPARISONS.has(name);
  return [...operands.flatMap((term) => operand(term, isSide)), ...operands.flatMap((term) => inside(term))];
}

/** The arguments of a call: of `count(p.deny)` the number says less than what was counted. */
function inside(term: Term): readonly Operand[] {
  const [, ...args] = partsOf(term, "call") ?? [];
  return args.filter((argument) => !isLiteral(argument)).flatMap((argument) => operand(argument, false));
}

function operand(term: Term, isSide: boolean): readonly Operand[] {
  const text = term.location?.text;
  return text === undefined ? [] : [{ text, isSide, isLiteral: isLiteral(term) }];
}

const SCALARS = new Set(["null", "boolean", "number", "string"]);
const COLLECTIONS = new Set(["array", "set", "object"]);

function isLiteral({ type, value }: Term): boolean {
  if (SCALARS.has(type)) return true;
  return COLLECTIONS.has(type) && Array.isArray(value) && value.flat().every((each) => isLiteralNode(each));
}

function isLiteralNode(node: unknown): boolean {
  const term = termOf(node);
  return term !== undefined && isLiteral(term);
}
