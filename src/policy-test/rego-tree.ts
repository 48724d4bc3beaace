import { z } from "zod";

/** Rows and columns count from 1, columns in code points; `text` is what stands there in the file. */
const Location = z.object({
  row: z.number(),
  col: z.number(),
  text: z.base64().transform((encoded) => Buffer.from(encoded, "base64").toString("utf8")),
});
export type Location = z.infer<typeof Location>;

/** Only what OPA has generated has no location. */
const Term = z.object({ type: z.string(), value: z.unknown(), location: Location.optional() });
export type Term = z.infer<typeof Term>;

const With = z.object({ location: Location });

const Expression = z.object({
  /** A term, operator and operands, `some`, or `every`. */
  terms: z.unknown(),
  location: Location,
  negated: z.boolean().optional(),
  /** OPA has put `true` where a rule has no body. */
  generated: z.boolean().optional(),
  with: z.array(With).optional(),
});
export type Expression = z.infer<typeof Expression>;

const Head = z.object({
  ref: z.array(Term),
  args: z.array(Term).optional(),
  key: Term.optional(),
  value: Term.optional(),
  location: Location,
});

const Branch = z.object({
  head: Head,
  body: z.array(Expression),
  location: Location,
  get else() {
    return Branch.optional();
  },
});
/** A rule, or what follows its `else`. */
export type Branch = z.infer<typeof Branch>;

const Rule = Branch.extend({ default: z.boolean().optional() });
export type Rule = z.infer<typeof Rule>;

const Comment = z.object({ Location });

/** OPA's syntax tree of a file (`opa parse --format json --json-include locations,comments`), as far as tests need it. */
export const Module = z.object({
  package: z.object({ path: z.array(Term) }),
  rules: z.array(Rule).optional(),
  comments: z.array(Comment).optional(),
});
export type Module = z.infer<typeof Module>;

export function termOf(node: unknown): Term | undefined {
  return Term.safeParse(node).data;
}

/** The body of an `every`, as its expressions; empty for anything else. */
export function expressionsOf(node: unknown): readonly Expression[] {
  return z.array(Expression).safeParse(node).data ?? [];
}

/** A reference or a call, as its terms; undefined for any other term. */
export function partsOf({ type, value }: Term, wanted: "ref" | "call"): readonly Term[] | undefined {
  return type === wanted ? z.array(Term).safeParse(value).data : undefined;
}

/** The name of a builtin or function as the tree has it: `equal`, `count`, `data.lib.f`. */
export function nameOf(operator: Term): string {
  return (partsOf(operator, "ref") ?? []).map(({ value }) => String(value)).join(".");
}

/** Every variable that is mentioned below a node. */
export function* variablesIn(node: unknown): Generator<string> {
  if (typeof node !== "object" || node === null) return;
  if ("type" in node && node.type === "var" && "value" in node && typeof node.value === "string")
    yield node.value;
  for (const child of Object.values(node)) yield* variablesIn(child);
}
