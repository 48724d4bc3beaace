import { resolveResource } from "../../policy/resource.ts";
import type { PolicyMatch } from "../../policy/metadata.ts";
import { OPERATIONS } from "../../policy/rule.ts";
import type { MatchOperator } from "./edit.ts";
import type { MatchMutant, MutatedFile } from "./mutant.ts";
import type { Span } from "./syntax-node.ts";
import { writtenMatch, type WrittenList, type WrittenMatch } from "./written-match.ts";

/** What the mutants of a match have in the place of a rule's name. */
const RULE = "match";

/** Every resource of every group. */
const EVERYTHING = "*";

/** The subresource that controllers write most; it is only ever updated. */
const STATUS = "*/status";

/** Those that come to objects; CONNECT comes to subresources that no policy about objects looks at. */
const OBJECT_OPERATIONS = ["CREATE", "UPDATE", "DELETE"] as const;

interface MatchEdit {
  readonly operator: MatchOperator;
  readonly span: Span;
  readonly replacement: string;
  /** Where the change is shown. */
  readonly at: number;
  readonly before: string;
  readonly after: string;
  readonly match: Partial<PolicyMatch>;
}

/** Every small change of what METADATA says under `custom.match`: it takes in less, or more. */
export function findMatchMutants(
  file: Pick<MutatedFile, "path" | "tree" | "source">,
): readonly MatchMutant[] {
  const written = writtenMatch(file);
  if (written === undefined) return [];
  const { text, positionOf } = file.source;
  return [...matchEdits(text, written)].map(({ operator, span, replacement, at, before, after, match }) => ({
    kind: "match",
    file: file.path,
    rule: RULE,
    operator,
    before,
    after,
    occurrence: 1,
    ...positionOf(at),
    text: text.slice(0, span.start) + replacement + text.slice(span.end),
    match,
  }));
}

function* matchEdits(text: string, written: WrittenMatch): Generator<MatchEdit> {
  const { resources, operations } = written;
  const names = textsOf(resources);
  for (const [index, name] of names.entries()) {
    const match = { resources: namesOf(names.toSpliced(index, 1)) };
    if (match.resources.length > 0)
      yield { operator: "drop-resource", ...dropped(text, resources, index), before: name, after: "", match };
  }
  const updates = operations === undefined || textsOf(operations).includes("UPDATE");
  const wider = updates ? [EVERYTHING, STATUS] : [EVERYTHING];
  for (const name of wider.filter((each) => !names.includes(each))) {
    const match = { resources: namesOf([...names, name]) };
    yield {
      operator: "add-resource",
      ...added(text, resources, JSON.stringify(name)),
      before: "",
      after: name,
      match,
    };
  }
  if (operations === undefined) yield* unwrittenOperations(text, written);
  else yield* operationEdits(text, operations);
}

function* operationEdits(text: string, operations: WrittenList): Generator<MatchEdit> {
  const own = textsOf(operations);
  for (const [index, name] of own.entries()) {
    const match = { operations: operationsOf(own.toSpliced(index, 1)) };
    if (match.operations.length > 0)
      yield {
        operator: "drop-operation",
        ...dropped(text, operations, index),
        before: name,
        after: "",
        match,
      };
  }
  for (const name of OBJECT_OPERATIONS.filter((each) => !own.includes(each))) {
    const match = { operations: operationsOf([...own, name]) };
    yield { operator: "add-operation", ...added(text, operations, name), before: "", after: name, match };
  }
}

/** What METADATA does not say is CREATE and UPDATE. */
function* unwrittenOperations(text: string, { style, first }: WrittenMatch): Generator<MatchEdit> {
  const line = text.slice(text.lastIndexOf("\n", first.start - 1) + 1, first.start);
  const place = { span: { start: first.start, end: first.start }, at: first.start };
  const written = (operations: readonly string[]): string =>
    `operations: [${operations.join(", ")}]${style === "flow" ? ", " : `\n${line}`}`;
  for (const [before, left] of [
    ["CREATE", "UPDATE"],
    ["UPDATE", "CREATE"],
  ] as const) {
    yield {
      operator: "drop-operation",
      ...place,
      replacement: written([left]),
      before,
      after: "",
      match: { operations: [left] },
    };
  }
  const all = [...OBJECT_OPERATIONS];
  yield {
    operator: "add-operation",
    ...place,
    replacement: written(all),
    before: "",
    after: "DELETE",
    match: { operations: all },
  };
}

type TextChange = Pick<MatchEdit, "span" | "replacement" | "at">;

/** Takes an item out of a list, with its line or its comma. */
function dropped(text: string, { style, items }: WrittenList, index: number): TextChange {
  const [previous, item, next] = [items[index - 1]?.span, items[index]?.span, items[index + 1]?.span];
  const { start, end } = item ?? { start: 0, end: 0 };
  if (style === "block") {
    const span = { start: text.lastIndexOf("\n", start) + 1, end: text.indexOf("\n", end) + 1 };
    return { span, replacement: "", at: start };
  }
  const span = next === undefined ? { start: previous?.end ?? start, end } : { start, end: next.start };
  return { span, replacement: "", at: start };
}

/** Puts an item behind the last one of a list. */
function added(text: string, { style, items }: WrittenList, item: string): TextChange {
  const { start, end } = items.at(-1)?.span ?? { start: 0, end: 0 };
  const line = text.slice(text.lastIndexOf("\n", start) + 1, start);
  return style === "flow"
    ? { span: { start: end, end }, replacement: `, ${item}`, at: end }
    : { span: { start: end, end }, replacement: `\n${line}${item}`, at: start };
}

function textsOf({ items }: WrittenList): readonly string[] {
  return items.map(({ text }) => text);
}

/** As the build resolves them: kinds to resources. */
function namesOf(texts: readonly string[]): string[] {
  const resolved = texts.map(resolveResource);
  return [...new Set(resolved.flatMap((each) => ("names" in each ? each.names : [])))];
}

function operationsOf(texts: readonly string[]): PolicyMatch["operations"] {
  return OPERATIONS.filter((operation) => texts.includes(operation));
}
