import { PortcullisError, type ErrorCode } from "../../error.ts";
import type { JsonObject } from "../../policy/json.ts";
import { jsonText } from "./json-text.ts";
import { objectsOf, type ObjectInDocument } from "./list.ts";
import type { DocumentPlace, Manifest } from "./manifest.ts";
import { LineTable, offsetAt } from "./position.ts";
import { SourceError } from "./source-error.ts";
import { readDocuments } from "./stream.ts";
import { templateInNames } from "./template.ts";
import { stringAt, type Mapping } from "./value.ts";

const MEBIBYTE = 1024 * 1024;

/**
 * The largest file that is read, in bytes, or UTF-16 units of its text. The biggest manifests in use, all CRDs of an
 * operator catalogue in one file, have below 10 MiB, and two thousand recorded AdmissionReviews as many. At this limit
 * real manifests need 0.9 GB and 5 s, and the worst ones, millions of tiny lists in one object, what V8 may have.
 */
export const MAX_FILE_SIZE = 64 * MEBIBYTE;

export interface ManifestFile {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly PortcullisError[];
}

/**
 * Reads the manifests of one file as kubectl reads them. Never throws for what the text holds: a document that cannot
 * be read becomes a problem with its place, and all others are still there.
 */
export function readManifests(file: string, text: string): ManifestFile {
  if (text.length > MAX_FILE_SIZE) return { manifests: [], problems: [fileTooLarge(file, text.length)] };
  const lines = new LineTable(text);
  const manifests: Manifest[] = [];
  const problems: PortcullisError[] = [];
  for (const [index, document] of readDocuments(text).entries()) {
    const { content, syntax, start, end } = document;
    const objects = content instanceof SourceError ? [content] : objectsOf(content);
    for (const object of objects) {
      const place = { syntax, start, end, line: lines.position(start).line };
      const result = manifest(object, { file, document: index + 1, lines, place });
      if (result instanceof SourceError) problems.push(problem(result, file, lines));
      else manifests.push(result);
    }
  }
  return { manifests, problems };
}

interface Origin {
  readonly file: string;
  readonly document: number;
  readonly lines: LineTable;
  readonly place: Omit<DocumentPlace, "path">;
}

function manifest(
  found: ObjectInDocument | SourceError,
  { file, document, lines, place }: Origin,
): Manifest | SourceError {
  if (found instanceof SourceError) return found;
  const { object, path } = found;
  const fault = templateInNames(object) ?? withoutKind(object);
  if (fault !== undefined) return fault;
  const text = textOf(object);
  if (text instanceof SourceError) return text;
  return {
    source: { file, document, line: lines.position(object.start).line },
    place: { ...place, path },
    text,
    head: headOf(object),
    get value() {
      return parsedObject(text);
    },
    locate: (field) => lines.position(offsetAt(object, field)),
  };
}

function headOf(object: Mapping): JsonObject {
  const members = ["apiVersion", "kind", "metadata"].flatMap((key) => {
    const member = object.members.get(key);
    return member === undefined ? [] : [[key, member] as const];
  });
  return parsedObject(jsonText({ ...object, members: new Map(members) }));
}

function parsedObject(text: string): JsonObject {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the text was made from a mapping
  return JSON.parse(text) as JsonObject;
}

function textOf(object: Mapping): string | SourceError {
  try {
    return jsonText(object);
  } catch (error) {
    if (error instanceof SourceError) return error;
    throw error;
  }
}

function withoutKind(object: Mapping): SourceError | undefined {
  for (const key of ["apiVersion", "kind"]) {
    const member = object.members.get(key);
    if ((stringAt(object, key) ?? "") !== "") continue;
    const message =
      member === undefined
        ? `the object that begins here has no \`${key}\``
        : `\`${key}\` holds no text; YAML reads words such as \`Y\`, \`on\` and \`1.0\` as something else without quotes`;
    return new SourceError(message, member?.keyStart ?? object.start, "MANIFEST_WITHOUT_KIND");
  }
  return undefined;
}

const REMEDIES: Partial<Readonly<Record<ErrorCode, string>>> = {
  MANIFEST_NOT_OBJECT:
    "Give each object a document of its own, separated by `---`, or put them into a `List`.",
  MANIFEST_WITHOUT_KIND:
    "Name both `apiVersion` and `kind`, or leave the file out if it holds no Kubernetes objects.",
  MANIFEST_TEMPLATE: "Render the template first, e.g. `helm template . | portcullis eval -`.",
  MANIFEST_ALIAS_BOMB: "Write the values out instead of repeating them with aliases.",
  MANIFEST_TOO_DEEP: "No Kubernetes object is nested so deep; correct what generated the file.",
};

function problem(
  { code, message, offset, cause }: SourceError,
  file: string,
  lines: LineTable,
): PortcullisError {
  return new PortcullisError(code, {
    message: `${message.charAt(0).toUpperCase()}${message.slice(1)}.`,
    remedy: REMEDIES[code] ?? "Correct the line; kubectl refuses it too.",
    position: { file, ...lines.position(offset) },
    cause,
  });
}

/** `size` in bytes or UTF-16 units. */
export function fileTooLarge(file: string, size: number): PortcullisError {
  return new PortcullisError("MANIFEST_TOO_LARGE", {
    message: `The file has ${Math.ceil(size / MEBIBYTE)} MiB; files up to ${MAX_FILE_SIZE / MEBIBYTE} MiB are read.`,
    remedy: "Split it into several files.",
    position: { file },
  });
}
