import type { MarkedRule } from "./test-program.ts";
import { indexOf, type RegoFile } from "./rego-file.ts";
import type { Branch, Expression } from "./rego-tree.ts";
import { edited, type TextEdit } from "./text-edit.ts";

/** What a printed line begins with that is a mark and not what a policy prints. */
const MARK = "\u0001";

/** What policies have printed themselves; the marks among it are added to `reached`. */
export function withoutMarks(printed: readonly string[], reached: Set<string>): readonly string[] {
  for (const line of printed) if (line.startsWith(MARK)) reached.add(line.slice(MARK.length));
  return printed.filter((line) => !line.startsWith(MARK));
}

/** The policies' files with a mark at the end of each rule's body, every line where it was. */
interface Marks {
  readonly texts: ReadonlyMap<string, string>;
  readonly marked: readonly MarkedRule[];
}

/**
 * Has every rule, and every `else`, print a mark once its body holds. A default value is no rule that a test could
 * reach or not.
 */
export function markRules(files: readonly RegoFile[]): Marks {
  const texts = new Map<string, string>();
  const marked: MarkedRule[] = [];
  for (const file of files) {
    const bare = withoutComments(file);
    const edits: TextEdit[] = [];
    const rules = (file.module.rules ?? []).filter((rule) => rule.default !== true);
    for (const branch of rules.flatMap(branches)) {
      const id = marked.length.toString(36);
      const changes = markAtEnd(file, bare, branch, `print("${String.raw`\u0001`}${id}")`);
      edits.push(...changes);
      if (changes.length > 0)
        marked.push({ id, name: nameIn(branch), file: file.path, line: branch.location.row });
    }
    texts.set(file.path, edited(file.text, edits));
  }
  return { texts, marked };
}

function branches(rule: Branch): readonly Branch[] {
  return rule.else === undefined ? [rule] : [rule, ...branches(rule.else)];
}

function nameIn({ head, location }: Branch): string {
  const name = head.ref.map(({ value }) => String(value))[0] ?? "";
  return location.text.startsWith("else") ? `${name} (else)` : name;
}

function markAtEnd(file: RegoFile, bare: string, branch: Branch, mark: string): readonly TextEdit[] {
  const last = branch.body.at(-1);
  if (last === undefined || last.generated === true) return withBody(file, branch, mark);
  const isElse = last.location.row === branch.location.row && last.location.col === branch.location.col;
  const [start, end] = isElse ? elseBody(file, bare, branch) : bodyOf(file, bare, branch.body, last);
  if (start === undefined) return [{ index: end, remove: 0, insert: `; ${mark}` }];
  return [
    { index: start, remove: 0, insert: "{ " },
    { index: end, remove: 0, insert: `; ${mark} }` },
  ];
}

/** Where a body ends and, if it has no braces, where it begins. */
type BodySpan = readonly [start: number | undefined, end: number];

function bodyOf(file: RegoFile, bare: string, body: readonly Expression[], last: Expression): BodySpan {
  return [bracelessStart(file, bare, body), indexOf(file, last.location) + last.location.text.length];
}

/** OPA gives the only expression of an `else` without braces the place of the whole `else`, with all that follow. */
function elseBody(file: RegoFile, bare: string, { head, location, else: next }: Branch): BodySpan {
  const headEnd = indexOf(file, head.location) + head.location.text.length;
  const limit =
    next === undefined ? indexOf(file, location) + location.text.length : indexOf(file, next.location);
  const written = bare.slice(headEnd, limit);
  const before = /^\s*if\s+/.exec(written)?.[0] ?? "";
  return [headEnd + before.length, headEnd + written.trimEnd().length];
}

/** A rule without a body gets one; but OPA does not say where the head of a fact such as `f(3)` ends. */
function withBody(file: RegoFile, { head: { location } }: Branch, mark: string): readonly TextEdit[] {
  const index = indexOf(file, location) + location.text.length;
  const body = file.dialect === "v1" ? ` if { ${mark} }` : ` { ${mark} }`;
  return file.text.startsWith("(", index) ? [] : [{ index, remove: 0, insert: body }];
}

/** Where the one expression begins that follows `if` without braces; undefined if there are braces. */
function bracelessStart(file: RegoFile, bare: string, [first]: readonly Expression[]): number | undefined {
  if (first === undefined) return undefined;
  const start = indexOf(file, first.location);
  return /\bif\s*$/.test(bare.slice(0, start)) ? start : undefined;
}

/** The text with spaces in the place of its comments, so that what precedes an expression can be told. */
function withoutComments(file: RegoFile): string {
  return edited(
    file.text,
    (file.module.comments ?? []).map(({ Location: location }) => {
      // The location of a METADATA block's first line has the whole block.
      const { length } = location.text.split("\n", 1).join("");
      return { index: indexOf(file, location), remove: length, insert: " ".repeat(length) };
    }),
  );
}
