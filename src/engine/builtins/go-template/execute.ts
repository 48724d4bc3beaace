import { LimitReached } from "../limit-reached.ts";
import { type Datum, type DatumMap, format, isList, isMap, isTrue } from "./data.ts";
import { FUNCTIONS, type TemplateFunction } from "./functions.ts";
import type { Templates } from "./parser.ts";
import type { Command, Control, Operand, Pipe, TemplateList, TemplateNode } from "./syntax.ts";
import { TemplateError } from "./template-error.ts";

/**
 * Nodes and arguments that are evaluated, and characters and items that are written or that functions take and give; OPA
 * has no limit.
 */
const MAX_STEPS = 1_000_000;
const MAX_SIZE = 16 * 2 ** 20;

/** Blocks in blocks and in templates that call templates, which go through the stack; Go's limit is 100,000 templates. */
const MAX_DEPTH = 500;

type Left = "break" | "continue" | undefined;

/** Marks that nothing comes through the pipe, which is not the same as no value. */
const NOTHING = Symbol("nothing");
type Final = Datum | typeof NOTHING;

/**
 * text/template/exec.go: writes a template. `data` is what `.` and `$` are. Throws TemplateError where Go fails, and
 * LimitReached beyond the limits.
 */
export function execute(templates: Templates, name: string, data: DatumMap): string {
  const output: string[] = [];
  new Execution(templates, { output, steps: 0, size: 0, depth: 0 }, data).run(name);
  return output.join("");
}

interface Progress {
  readonly output: string[];
  steps: number;
  size: number;
  depth: number;
}

/** Lives as long as one call of a template: no variables go from one to another. */
class Execution {
  readonly #templates: Templates;
  readonly #progress: Progress;
  readonly #dot: Datum;
  readonly #variables: { readonly name: string; value: Datum }[];

  constructor(templates: Templates, progress: Progress, dot: Datum) {
    this.#templates = templates;
    this.#progress = progress;
    this.#dot = dot;
    this.#variables = [{ name: "$", value: dot }];
  }

  run(name: string): void {
    const list = this.#templates.get(name);
    if (list === undefined) throw new TemplateError(`template ${name} not defined`);
    this.#walkAll(list, this.#dot);
  }

  #walkAll(list: TemplateList, dot: Datum): Left {
    const progress = this.#progress;
    progress.depth += 1;
    if (progress.depth > MAX_DEPTH) throw new LimitReached("would write more than 500 blocks in blocks");
    let left: Left;
    for (const node of list) {
      left = this.#walk(node, dot);
      if (left !== undefined) break;
    }
    progress.depth -= 1;
    return left;
  }

  #walk(node: TemplateNode, dot: Datum): Left {
    this.#step();
    switch (node.kind) {
      case "text":
        this.#write(node.text);
        return undefined;
      case "action":
        this.#show(node.pipe, dot);
        return undefined;
      case "break":
      case "continue":
        return node.kind;
      case "template":
        this.#call(node.name, node.pipe, dot);
        return undefined;
      case "range":
        return this.#scoped(() => this.#range(node, dot));
      case "if":
      case "with":
        return this.#scoped(() => this.#choose(node, dot));
    }
  }

  #show(pipe: Pipe, dot: Datum): void {
    const value = this.#pipe(pipe, dot);
    if (pipe.variables.length === 0) this.#write(value === undefined ? "<no value>" : format(value));
  }

  #call(name: string, pipe: Pipe | undefined, dot: Datum): void {
    const value = pipe === undefined ? undefined : this.#pipe(pipe, dot);
    new Execution(this.#templates, this.#progress, value).run(name);
  }

  #choose({ kind, pipe, list, otherwise }: Control, dot: Datum): Left {
    const value = this.#pipe(pipe, dot);
    if (!isTrue(value)) return this.#walkAll(otherwise, dot);
    return this.#walkAll(list, kind === "with" ? value : dot);
  }

  #range({ pipe, list, otherwise }: Control, dot: Datum): Left {
    const value = this.#pipe(pipe, dot);
    const mark = this.#variables.length;
    let isEmpty = true;
    for (const [key, item] of this.#itemsOf(value, pipe)) {
      isEmpty = false;
      this.#step();
      this.#setLoopVariables(pipe, key, item);
      const left = this.#walkAll(list, item);
      this.#variables.length = mark;
      if (left === "break") break;
    }
    return isEmpty ? this.#walkAll(otherwise, dot) : undefined;
  }

  /** Numbers of the data are no numbers to Go. */
  #itemsOf(value: Datum, pipe: Pipe): Iterable<readonly [Datum, Datum]> {
    if (value === undefined || value === null) return [];
    if (isMap(value)) return value;
    if (isList(value)) return numbered(value);
    if (typeof value === "bigint" && pipe.variables.length < 2) return countTo(value);
    throw new TemplateError("range can't iterate over this");
  }

  /** The pipeline has declared them, or they are older ones. */
  #setLoopVariables({ variables, assigns }: Pipe, key: Datum, item: Datum): void {
    const values = variables.length > 1 ? [key, item] : [item];
    for (const [index, name] of variables.entries()) {
      if (assigns) this.#variable(name).value = values[index];
      else {
        const own = this.#variables[this.#variables.length - variables.length + index];
        if (own !== undefined) own.value = values[index];
      }
    }
  }

  #pipe({ variables, assigns, commands }: Pipe, dot: Datum): Datum {
    let value: Final = NOTHING;
    for (const command of commands) value = this.#command(command, dot, value) ?? undefined;
    const result = value === NOTHING ? undefined : value;
    for (const name of variables) {
      if (assigns) this.#variable(name).value = result;
      else this.#variables.push({ name, value: result });
    }
    return result;
  }

  #command({ first, rest }: Command, dot: Datum, final: Final): Datum {
    if (first.kind === "function") return this.#function(first.name, rest, dot, final);
    if (rest.length > 0 || final !== NOTHING) throw new TemplateError("can't give argument to non-function");
    if (first.kind === "nil") throw new TemplateError("nil is not a command");
    return this.#operand(first, dot);
  }

  #operand(operand: Operand, dot: Datum): Datum {
    this.#step();
    switch (operand.kind) {
      case "dot":
        return dot;
      case "nil":
        return undefined;
      case "literal":
        return operand.value;
      case "field":
        return fieldOf(dot, operand.path);
      case "variable":
        return fieldOf(this.#variable(operand.name).value, operand.path);
      case "function":
        return this.#function(operand.name, [], dot, NOTHING);
      case "pipe":
        return this.#pipe(operand.pipe, dot);
      case "chain":
        return fieldOf(this.#operand(operand.of, dot), operand.path);
    }
  }

  #function(name: string, operands: readonly Operand[], dot: Datum, final: Final): Datum {
    const given = final === NOTHING ? [] : [final];
    const { least, most, run } = functionNamed(name);
    const count = operands.length + given.length;
    if (count < least || count > most) throw new TemplateError(`wrong number of args for ${name}`);
    const args: Datum[] = [];
    for (const operand of operands) {
      const value = this.#operand(operand, dot);
      if (isDecided(name, value)) return value;
      args.push(value);
    }
    args.push(...given);
    for (const value of args) this.#spend(value);
    const result = run(args);
    this.#spend(result);
    return result;
  }

  #variable(name: string): { value: Datum } {
    const found = this.#variables.findLast((variable) => variable.name === name);
    if (found === undefined) throw new TemplateError(`undefined variable ${name}`);
    return found;
  }

  #scoped(walk: () => Left): Left {
    const mark = this.#variables.length;
    const left = walk();
    this.#variables.length = mark;
    return left;
  }

  #write(text: string): void {
    this.#spend(text);
    this.#progress.output.push(text);
  }

  #spend(value: Datum): void {
    if (typeof value === "string" || isList(value)) this.#progress.size += value.length;
    if (this.#progress.size > MAX_SIZE) throw new LimitReached("would write more than 16 MiB");
  }

  #step(): void {
    this.#progress.steps += 1;
    if (this.#progress.steps > MAX_STEPS) throw new LimitReached("would take more than 1,000,000 steps");
  }
}

function functionNamed(name: string): TemplateFunction {
  const found = FUNCTIONS.get(name);
  if (found === undefined) throw new TemplateError(`${name} is not a defined function`);
  return found;
}

/** The rest of the arguments of `and` and `or` is not evaluated. */
function isDecided(name: string, value: Datum): boolean {
  return name === "or" ? isTrue(value) : name === "and" && !isTrue(value);
}

function* numbered(list: readonly Datum[]): Generator<readonly [Datum, Datum]> {
  for (const [index, item] of list.entries()) yield [BigInt(index), item];
}

function* countTo(end: bigint): Generator<readonly [Datum, Datum]> {
  for (let value = 0n; value < end; value += 1n) yield [undefined, value];
}

/** A key that is missing has no value, and neither has what is below it; of anything but an object it is an error. */
function fieldOf(value: Datum, path: readonly string[]): Datum {
  return path.reduce((owner: Datum, name) => {
    if (owner === undefined) return undefined;
    if (!isMap(owner)) throw new TemplateError(`can't evaluate field ${name}`);
    return owner.get(name);
  }, value);
}
