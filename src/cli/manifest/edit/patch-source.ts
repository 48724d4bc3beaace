import type { PatchOperation } from "../../../admission/patch/operation.ts";
import { formatPointer } from "../../../admission/patch/pointer.ts";
import type { RegoValue } from "../../../engine/index.ts";
import type { FieldPath } from "../../../policy/field-path.ts";
import type { LineEdit } from "../../../report/unified-diff.ts";
import { readJson, skipJsonSpace } from "../json-source.ts";
import type { DocumentPlace, Manifest } from "../manifest.ts";
import { SourceError } from "../source-error.ts";
import { readYamlStream } from "../stream.ts";
import { differences } from "./differences.ts";
import { editDocument } from "./edit-document.ts";
import { patchedDocument } from "./patched-document.ts";
import { regoValue } from "./rego-value.ts";
import { lineEnd, lineStart, nextLine } from "./source-text.ts";
import { styleOf } from "./style.ts";
import { readTree, type Node, type Tree } from "./tree.ts";
import type { Task, TextEdit } from "./work.ts";

/** How often an edit that did not read as it should is tried again, each time more coarsely. */
const ATTEMPTS = 6;

/**
 * The user's own text with a patch applied to the object at `objectPath` of a manifest: `[]`, or the object in a recorded
 * AdmissionReview. Gives the lines that hold the document, before and after. Only what changes is written anew: comments,
 * order, quotes and indentation of the rest stay. What comes out has been read again and has the values of the patched
 * document. Undefined if no text has them: the patch does not fit the object, a number is none that a YAML file can hold
 * exactly, a new key has more than 1,024 characters, or the document has more than 1,000 levels.
 */
export function patchSource(
  source: string,
  { place }: Pick<Manifest, "place">,
  objectPath: FieldPath,
  patch: readonly PatchOperation[],
): LineEdit | undefined {
  const text = source.slice(place.start, place.end);
  const after = patchedText(text, { ...place, path: [...place.path, ...objectPath] }, patch);
  if (after === undefined) return undefined;
  // A YAML document has whole lines; a JSON value may begin and end within one.
  const isYaml = place.syntax === "yaml";
  const start = isYaml ? place.start : lineStart(source, place.start);
  const end = isYaml ? place.end : nextLine(source, lineEnd(source, place.end));
  const [head, tail] = [source.slice(start, place.start), source.slice(place.end, end)];
  return surrounded(source, { start, end, line: place.line }, [head + text + tail, head + after + tail]);
}

/** A difference shows so many lines around a change, also where these belong to another document. */
const CONTEXT = 3;

/** With the lines around, so that a program that applies the difference finds its place in the whole file. */
function surrounded(
  source: string,
  lines: { readonly start: number; readonly end: number; readonly line: number },
  [before, after]: readonly [string, string],
): LineEdit {
  let { start, end, line } = lines;
  for (let count = 0; count < CONTEXT; count += 1) {
    if (start > 0) {
      start = lineStart(source, start - 1);
      line -= 1;
    }
    end = nextLine(source, end);
  }
  const [above, below] = [source.slice(start, lines.start), source.slice(lines.end, end)];
  return { line, before: above + before + below, after: above + after + below };
}

function patchedText(
  text: string,
  { syntax, path }: Pick<DocumentPlace, "syntax" | "path">,
  patch: readonly PatchOperation[],
): string | undefined {
  const before = readBack(text, syntax);
  const wanted = before === undefined ? undefined : patchedDocument(before, path, patch);
  if (before === undefined || wanted === undefined) return undefined;
  // With a line break at its end every line can be taken out and put in alike.
  const ended = syntax === "json" || text.endsWith("\n") ? text : `${text}\n`;
  const tree = readTree(ended, syntax);
  const { root } = tree;
  if (root === undefined) return undefined;
  const after = editUntilRight(tree, root, {
    path: formatPointer(path.map(String)),
    text: ended,
    syntax,
    values: [before, wanted],
  });
  return after === undefined || ended === text ? after : after.replace(/\r?\n$/, "");
}

interface Document {
  /** The JSON pointer of the object. */
  readonly path: string;
  readonly text: string;
  readonly syntax: "yaml" | "json";
  /** As it is, and as it is to be. */
  readonly values: readonly [RegoValue, RegoValue];
}

function editUntilRight(tree: Tree, root: Node, document: Document): string | undefined {
  const { text, syntax, values } = document;
  const style = styleOf(text, root);
  const lessons: Lessons = { wrong: new Set(), whole: new Set(), stale: [] };
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const edits = editDocument(root, values, { text, syntax, style, ...lessons });
    const after = withEdits(text, edits);
    const value = after === undefined ? undefined : readBack(after, syntax);
    const faults = value === undefined ? undefined : differences(value, values[1]);
    if (faults?.length === 0) return after;
    if (attempt === 1 && faults === undefined) lessons.stale.push(...staleAliases(tree, edits));
    else learn(lessons, attempt, { faults, path: document.path });
  }
  return undefined;
}

/** What failed attempts have taught, as `Task` has it. */
interface Lessons {
  readonly wrong: Set<string>;
  readonly whole: Set<string>;
  readonly stale: number[];
}

/** In the end the object is written anew as a whole, and then the document; at once if the text cannot be read. */
function learn(
  lessons: Lessons,
  attempt: number,
  { faults, path }: { readonly faults: readonly string[] | undefined; readonly path: string },
): void {
  for (const fault of faults ?? []) coarsen(fault, attempt, lessons);
  if (attempt === ATTEMPTS - 1) lessons.whole.add("");
  else if (attempt === ATTEMPTS - 2 || faults === undefined) {
    lessons.whole.add(path);
    coarsen(path, 1, lessons);
  }
}

/** First the innermost value around the place is written anew, then what it stands in, then what that stands in. */
function coarsen(fault: string, attempt: number, { wrong, whole }: Lessons): void {
  let path = fault;
  for (let level = 1; path !== ""; level += 1) {
    wrong.add(path);
    if (attempt > 1 && level === attempt) whole.add(path);
    path = path.slice(0, path.lastIndexOf("/"));
  }
  wrong.add("");
}

/** The aliases that stay although the edits take away what they stand for. */
function staleAliases({ aliases }: Tree, edits: readonly TextEdit[]): readonly number[] {
  const isEdited = (offset: number): boolean =>
    edits.some(({ start, end }) => start <= offset && offset < end);
  return aliases
    .filter(({ start, target }) => isEdited(target.start) && !isEdited(start))
    .map(({ start }) => start);
}

/** Undefined if the edits overlap, which no reading could set right. */
function withEdits(text: string, edits: readonly TextEdit[]): string | undefined {
  const lineBreak = /\r?\n/.exec(text)?.[0] ?? "\n";
  let result = "";
  let at = 0;
  for (const edit of edits) {
    if (edit.start < at) return undefined;
    result += text.slice(at, edit.start) + edit.text.replaceAll("\n", lineBreak);
    at = edit.end;
  }
  return result + text.slice(at);
}

/** The value of the one document that a text is; undefined if it is none, or more. */
function readBack(text: string, syntax: Task["syntax"]): RegoValue | undefined {
  if (syntax === "yaml") {
    const [document, other] = readYamlStream(text, 0);
    if (document === undefined || document.content instanceof SourceError || other !== undefined)
      return undefined;
    return regoValue(document.content);
  }
  try {
    const { value, end } = readJson(text, 0);
    return skipJsonSpace(text, end) === text.length ? regoValue(value) : undefined;
  } catch (error) {
    if (error instanceof SourceError) return undefined;
    throw error;
  }
}
