import { runOpa } from "../../compile-rego.ts";

/** A type of Rego as `opa capabilities` writes it. `any` with `of` is one of several types. */
export type Type =
  | { readonly type: "null" | "boolean" | "number" | "string" }
  | { readonly type: "any"; readonly of?: readonly Type[] }
  | { readonly type: "array"; readonly static?: readonly Type[]; readonly dynamic?: Type }
  | { readonly type: "set"; readonly of?: Type }
  | {
      readonly type: "object";
      readonly static?: readonly { readonly key: string; readonly value: Type }[];
      readonly dynamic?: { readonly key: Type; readonly value: Type };
    };

/** How OPA declares a builtin. */
export interface Declaration {
  readonly name: string;
  readonly decl: { readonly args?: readonly Type[]; readonly result?: Type };
}

/** All builtins that OPA has. */
export function readDeclarations(): readonly Declaration[] {
  const printed = runOpa(["capabilities", "--current"]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a border: the shape of what the pinned OPA prints
  return (JSON.parse(printed) as { readonly builtins: readonly Declaration[] }).builtins;
}
