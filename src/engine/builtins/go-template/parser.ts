import { LimitReached } from "../limit-reached.ts";
import { readTokens } from "./lexer.ts";
import { readPipe, type Scope } from "./pipeline.ts";
import type { Control, TemplateList, TemplateNode } from "./syntax.ts";
import { TemplateError } from "./template-error.ts";
import { isMark, TokenStream } from "./token-stream.ts";

/** The template itself has this name, too. */
export const ROOT = "template";

/** Blocks in blocks; deeper ones would exhaust the stack. */
const MAX_DEPTH = 500;

/** Templates by name. */
export type Templates = ReadonlyMap<string, TemplateList>;

/** text/template/parse/parse.go. Throws TemplateError if the text is no template. */
export function parseTemplate(template: string): Templates {
  return new Parser(readTokens(template)).all();
}

/** Where a list of nodes is: what may be used there, and how deep it is. */
interface Place {
  readonly scope: Scope;
  readonly loops: number;
  readonly depth: number;
}

const CONTROLS = ["if", "range", "with"] as const;

class Parser {
  readonly #tokens: TokenStream;
  readonly #templates = new Map<string, TemplateList>();

  constructor(tokens: ConstructorParameters<typeof TokenStream>[0]) {
    this.#tokens = new TokenStream(tokens);
  }

  all(): Templates {
    const nodes: TemplateNode[] = [];
    const place = top(0);
    while (this.#tokens.peek() !== undefined) {
      if (this.#tokens.takeAction("define")) this.#define();
      else nodes.push(this.#node(place));
    }
    this.#add(ROOT, nodes);
    return this.#templates;
  }

  #define(): void {
    const name = this.#tokens.string();
    this.#tokens.expect("}}");
    this.#add(name, this.#body(top(1)));
  }

  /** An empty template may be defined again. */
  #add(name: string, list: TemplateList): void {
    const before = this.#templates.get(name);
    if (before === undefined || isEmpty(before)) this.#templates.set(name, list);
    else if (!isEmpty(list)) throw new TemplateError(`multiple definition of template ${name}`);
  }

  /** Up to `end`, which is read. */
  #body(place: Place): TemplateList {
    const list = this.#list(place);
    this.#tokens.expect("{{");
    this.#tokens.expect("end");
    this.#tokens.expect("}}");
    return list;
  }

  /** Up to `end` or `else`. */
  #list(place: Place): TemplateList {
    if (place.depth > MAX_DEPTH) throw new LimitReached("would read more than 500 blocks in blocks");
    const nodes: TemplateNode[] = [];
    while (!this.#isAt("end") && !this.#isAt("else")) nodes.push(this.#node(place));
    return nodes;
  }

  #isAt(keyword: string): boolean {
    let isHere = false;
    // Nothing is to be read.
    this.#tokens.attempt(() => {
      isHere = this.#tokens.takeAction(keyword);
      return undefined;
    });
    return isHere;
  }

  #node(place: Place): TemplateNode {
    const token = this.#tokens.next();
    if (token?.type === "text") return { kind: "text", text: token.value };
    if (!isMark(token, "{{")) throw new TemplateError("unexpected EOF");
    for (const kind of CONTROLS) if (this.#tokens.take(kind)) return this.#control(kind, place);
    if (this.#tokens.take("break")) return this.#leave("break", place);
    if (this.#tokens.take("continue")) return this.#leave("continue", place);
    if (this.#tokens.take("template")) return this.#template(place);
    if (this.#tokens.take("block")) return this.#block(place);
    return { kind: "action", pipe: readPipe(this.#tokens, place.scope, "}}") };
  }

  #leave(kind: "break" | "continue", { loops }: Place): TemplateNode {
    this.#tokens.expect("}}");
    if (loops === 0) throw new TemplateError(`${kind} outside range`);
    return { kind };
  }

  #template({ scope }: Place): TemplateNode {
    const name = this.#tokens.string();
    const pipe = this.#tokens.take("}}") ? undefined : readPipe(this.#tokens, scope, "}}");
    return { kind: "template", name, pipe };
  }

  #block({ scope, depth }: Place): TemplateNode {
    const name = this.#tokens.string();
    const pipe = readPipe(this.#tokens, scope, "}}");
    this.#add(name, this.#body(top(depth + 1)));
    return { kind: "template", name, pipe };
  }

  /** What is declared in it is gone after it. */
  #control(kind: Control["kind"], place: Place): Control {
    const scope = [...place.scope];
    const isRange = kind === "range";
    const pipe = readPipe(this.#tokens, scope, "}}", { isRange });
    const inside = { scope, loops: place.loops + (isRange ? 1 : 0), depth: place.depth + 1 };
    const list = this.#list(inside);
    return { kind, pipe, list, otherwise: this.#otherwise(kind, { ...inside, loops: place.loops }) };
  }

  /** From `{{else}}`, `{{else if …}}` or `{{else with …}}` on, or nothing; with the `end`. */
  #otherwise(kind: Control["kind"], place: Place): TemplateList {
    this.#tokens.expect("{{");
    if (this.#tokens.take("end")) {
      this.#tokens.expect("}}");
      return [];
    }
    this.#tokens.expect("else");
    // Theirs is the `end`, too.
    if (kind !== "range" && this.#tokens.take(kind)) return [this.#control(kind, place)];
    this.#tokens.expect("}}");
    return this.#body(place);
  }
}

function top(depth: number): Place {
  return { scope: ["$"], loops: 0, depth };
}

function isEmpty(list: TemplateList): boolean {
  return list.every((node) => node.kind === "text" && node.text.trim() === "");
}
