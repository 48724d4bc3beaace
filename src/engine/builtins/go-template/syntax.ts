/** The tree of a template (text/template/parse/node.go). */
export type TemplateNode =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipe: Pipe }
  | { readonly kind: "break" | "continue" }
  | Control
  | { readonly kind: "template"; readonly name: string; readonly pipe: Pipe | undefined };

export interface Control {
  readonly kind: "if" | "range" | "with";
  readonly pipe: Pipe;
  readonly list: TemplateList;
  readonly otherwise: TemplateList;
}

export type TemplateList = readonly TemplateNode[];

/** `$a, $b := command | command` */
export interface Pipe {
  /** Names with their `$`. */
  readonly variables: readonly string[];
  /** `=` and not `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

/** What is called or shown, and its arguments. */
export interface Command {
  readonly first: Operand;
  readonly rest: readonly Operand[];
}

export type Operand =
  | { readonly kind: "dot" | "nil" }
  | { readonly kind: "literal"; readonly value: boolean | string | bigint | number }
  | { readonly kind: "field"; readonly path: readonly string[] }
  | { readonly kind: "variable"; readonly name: string; readonly path: readonly string[] }
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "pipe"; readonly pipe: Pipe }
  | { readonly kind: "chain"; readonly of: Operand; readonly path: readonly string[] };
