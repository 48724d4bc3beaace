import { LimitReached } from "../limit-reached.ts";
import { FUNCTIONS } from "./functions.ts";
import type { Token } from "./lexer.ts";
import type { Command, Operand, Pipe } from "./syntax.ts";
import { TemplateError } from "./template-error.ts";
import { isMark, type TokenStream } from "./token-stream.ts";

/** Parentheses in parentheses; deeper ones would exhaust the stack. Go's limit is 10,000. */
const MAX_DEPTH = 200;

/** Names with their `$` that may be used, innermost last. */
export type Scope = string[];

/** Whether a pipeline may declare two variables, as that of `range`, and how many parentheses it is in. */
interface Place {
  readonly isRange?: boolean;
  readonly depth?: number;
}

const NONE: Declaration = { variables: [], assigns: false };

/** Reads `$x := command | command` up to the mark `end`. What it declares is added to the scope. */
export function readPipe(tokens: TokenStream, scope: Scope, end: string, place: Place = {}): Pipe {
  const { depth = 0, isRange = false } = place;
  const declared = tokens.attempt(() => readDeclaration(tokens, isRange)) ?? NONE;
  scope.push(...declared.variables);
  const commands = readCommands(tokens, scope, end, depth);
  if (commands.slice(1).some(({ first }) => !isExecutable(first)))
    throw new TemplateError("non executable command in pipeline");
  return { ...declared, commands };
}

function readCommands(tokens: TokenStream, scope: Scope, end: string, depth: number): readonly Command[] {
  const commands = [readCommand(tokens, scope, depth)];
  // Go lets a bar stand at the end.
  while (tokens.take("|") && !isMark(tokens.peekNonSpace(), end))
    commands.push(readCommand(tokens, scope, depth));
  tokens.expect(end);
  return commands;
}

type Declaration = Pick<Pipe, "variables" | "assigns">;

/** `$a :=`, `$a =`, and for `range` also with two variables, of which the mark may even be missing. */
function readDeclaration(tokens: TokenStream, isRange: boolean): Declaration | undefined {
  const first = takeVariable(tokens);
  if (first === undefined) return undefined;
  if (!tokens.take(",")) {
    if (tokens.take("=")) return { variables: [first], assigns: true };
    return tokens.take(":=") ? { variables: [first], assigns: false } : undefined;
  }
  const second = isRange ? takeVariable(tokens) : undefined;
  if (second === undefined) throw new TemplateError("range can only initialize variables");
  const assigns = tokens.take("=");
  if (!assigns) tokens.expect(":=");
  return { variables: [first, second], assigns };
}

function takeVariable(tokens: TokenStream): string | undefined {
  const token = tokens.peekNonSpace();
  if (token?.type !== "variable") return undefined;
  tokens.next();
  return token.value;
}

function isExecutable({ kind }: Operand): boolean {
  return kind !== "literal" && kind !== "dot" && kind !== "nil";
}

function readCommand(tokens: TokenStream, scope: Scope, depth: number): Command {
  tokens.peekNonSpace();
  const first = readOperand(tokens, scope, depth);
  if (first === undefined) throw new TemplateError("missing value");
  const rest: Operand[] = [];
  while (isMark(tokens.peek(), " ")) {
    tokens.peekNonSpace();
    const operand = readOperand(tokens, scope, depth);
    if (operand === undefined) break;
    rest.push(operand);
  }
  return { first, rest };
}

function readOperand(tokens: TokenStream, scope: Scope, depth: number): Operand | undefined {
  const term = readTerm(tokens, scope, depth);
  if (term === undefined) return undefined;
  const path: string[] = [];
  for (let token = tokens.peek(); token?.type === "field"; token = tokens.peek()) {
    path.push(token.value);
    tokens.next();
  }
  if (path.length === 0) return term;
  if (term.kind === "field") return { ...term, path: [...term.path, ...path] };
  if (term.kind === "variable") return { ...term, path: [...term.path, ...path] };
  if (!isExecutable(term)) throw new TemplateError("unexpected . after term");
  return { kind: "chain", of: term, path };
}

const WORDS: ReadonlyMap<string, Operand> = new Map<string, Operand>([
  [".", { kind: "dot" }],
  ["nil", { kind: "nil" }],
  ["true", { kind: "literal", value: true }],
  ["false", { kind: "literal", value: false }],
]);

/** Undefined, and nothing is read, if there is no operand here. */
function readTerm(tokens: TokenStream, scope: Scope, depth: number): Operand | undefined {
  const token = tokens.peek();
  if (token === undefined) return undefined;
  if (token.type !== "mark") {
    tokens.next();
    return termOf(token, scope);
  }
  const word = WORDS.get(token.value);
  if (word === undefined && token.value !== "(") return undefined;
  tokens.next();
  return word ?? readParentheses(tokens, scope, depth);
}

function termOf(token: Token, scope: Scope): Operand {
  switch (token.type) {
    case "identifier":
      return { kind: "function", name: known(token.value, FUNCTIONS.has(token.value)) };
    case "variable":
      return { kind: "variable", name: known(token.value, scope.includes(token.value)), path: [] };
    case "field":
      return { kind: "field", path: [token.value] };
    case "string":
    case "number":
      return { kind: "literal", value: token.value };
    case "text":
    case "mark":
      throw new TemplateError(`unexpected ${token.value}`);
  }
}

function readParentheses(tokens: TokenStream, scope: Scope, depth: number): Operand {
  if (depth >= MAX_DEPTH) throw new LimitReached("would read more than 200 parentheses in parentheses");
  return { kind: "pipe", pipe: readPipe(tokens, scope, ")", { depth: depth + 1 }) };
}

function known(name: string, isKnown: boolean): string {
  if (!isKnown) throw new TemplateError(`${name} is not defined`);
  return name;
}
