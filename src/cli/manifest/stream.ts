import { constructYaml } from "./construct.ts";
import { readJson, skipJsonSpace } from "./json-source.ts";
import { SourceError } from "./source-error.ts";
import { templateError } from "./template.ts";
import type { Value } from "./value.ts";
import { forbiddenCharacter } from "./yaml/character.ts";

/** One document of a file, from `start` up to `end`: a value, or why it cannot be read. */
export interface Document {
  readonly content: Value | SourceError;
  readonly syntax: "yaml" | "json";
  readonly start: number;
  readonly end: number;
}

const BYTE_ORDER_MARK = "\ufeff";

/**
 * Splits a file into documents and reads each, as kubectl does (`YAMLOrJSONDecoder` of k8s.io/apimachinery): a file
 * that begins with `{` is JSON, one value after the other; if its first or second value is no JSON, it is YAML from
 * there on. Unlike kubectl it goes on behind a document that cannot be read. Empty documents are left out.
 */
export function readDocuments(text: string): readonly Document[] {
  const from = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  const json = text.charAt(skipJsonSpace(text, from)) === "{";
  return (json ? readJsonStream(text, from) : readYamlStream(text, from)).filter(
    (document) => !isNull(document),
  );
}

function isNull({ content }: Document): boolean {
  return !(content instanceof SourceError) && content.kind === "scalar" && content.type === "null";
}

function readJsonStream(text: string, from: number): readonly Document[] {
  const documents: Document[] = [];
  let at = from;
  while (skipJsonSpace(text, at) < text.length) {
    try {
      const { value, end } = readJson(text, at);
      documents.push({ content: value, syntax: "json", start: value.start, end });
      at = end;
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      if (documents.length <= 1) return [...documents, ...readRestAsYaml(text, at, error)];
      documents.push(faulty(error, "json", at));
      at = nextObjectLine(text, error.offset);
    }
  }
  return documents;
}

/** Where the next line begins with `{`, so that one bad line of a file of JSON lines costs only itself. */
function nextObjectLine(text: string, from: number): number {
  const line = text.indexOf("\n{", from);
  return line === -1 ? text.length : line + 1;
}

/** What is neither JSON nor YAML is called bad JSON if it looks like JSON. */
function readRestAsYaml(text: string, at: number, jsonError: SourceError): readonly Document[] {
  const space = /[^\S\n]*\n?/y;
  space.lastIndex = at;
  space.exec(text);
  const [first, ...others] = readYamlStream(text, space.lastIndex);
  const json = text.charAt(skipJsonSpace(text, space.lastIndex)) === "{";
  const fault = first?.content;
  if (fault instanceof SourceError && fault.code === "MANIFEST_INVALID" && json)
    return [faulty(jsonError, "json", at), ...others];
  return first === undefined ? others : [first, ...others];
}

function faulty(error: SourceError, syntax: Document["syntax"], start: number): Document {
  return { content: error, syntax, start, end: start };
}

/** Splits at lines that begin with `---`, wherever they stand, as kubectl does before it parses. */
export function readYamlStream(text: string, from: number): readonly Document[] {
  const documents: Document[] = [];
  let start = from;
  let next = from;
  for (let line = nextSeparator(text, next); line !== -1; line = nextSeparator(text, next)) {
    const lineEnd = text.indexOf("\n", line);
    next = lineEnd === -1 ? text.length : lineEnd + 1;
    const rest = text.slice(line + 3, next).trim();
    const valid = rest === "" || rest.startsWith("#");
    documents.push(...readYaml(text, start, line));
    if (!valid) {
      const error = new SourceError("behind `---` kubectl accepts only a comment", line + 3);
      documents.push(faulty(error, "yaml", line));
    }
    // A document may begin with its own `---`, which the parser then sees.
    start = valid && line === start ? line : next;
  }
  return [...documents, ...readYaml(text, start, text.length)];
}

function nextSeparator(text: string, from: number): number {
  if (text.startsWith("---", from)) return from;
  const at = text.indexOf("\n---", from);
  return at === -1 ? -1 : at + 1;
}

/** kubectl ends the last line of each document, so the text of a `|` at the end of a file has a line break. */
function readYaml(text: string, start: number, end: number): readonly Document[] {
  const from = text.startsWith(BYTE_ORDER_MARK, start) ? start + 1 : start;
  const slice = text.slice(from, end);
  const document = slice.endsWith("\n") ? slice : `${slice}\n`;
  try {
    const forbidden = forbiddenCharacter(document);
    if (forbidden !== undefined) throw forbiddenError(document, forbidden);
    const value = constructYaml(document, from);
    return value === undefined ? [] : [{ content: value, syntax: "yaml", start: from, end }];
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    const inFile = new SourceError(error.message, from + error.offset, error.code);
    return [faulty(templateError(text, inFile) ?? inFile, "yaml", from)];
  }
}

function forbiddenError(document: string, at: number): SourceError {
  const code = document.charCodeAt(at).toString(16).toUpperCase().padStart(4, "0");
  return new SourceError(`YAML forbids the character U+${code}, which stands here`, at);
}
