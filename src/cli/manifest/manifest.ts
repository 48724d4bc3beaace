import type { FieldPath } from "../../policy/field-path.ts";
import type { JsonObject } from "../../policy/json.ts";
import type { Position } from "./position.ts";

/** One Kubernetes object from a file, or one recorded AdmissionReview. */
export interface Manifest {
  readonly source: {
    /** As the user named it; `-` is standard input. */
    readonly file: string;
    /** Counts from 1; empty documents do not count, items of a List have the number of their List. */
    readonly document: number;
    /** Where the object begins. */
    readonly line: number;
  };
  readonly place: DocumentPlace;
  /** Exact JSON text of the object: numbers of a JSON file keep their digits, integers of YAML are exact to 64 bits. */
  readonly text: string;
  /** `apiVersion`, `kind` and, if it is there, `metadata`, as in `value`. */
  readonly head: JsonObject;
  /** The object as `JSON.parse` sees it, for looking at; numbers may be rounded. Made anew each time, as few are looked at. */
  readonly value: JsonObject;
  /** The key of the member, or the list item, at a path; of a missing field, its nearest parent. */
  locate(path: FieldPath): Position;
}

/** Where the document of an object stands in its file, and the object in the document. Offsets count UTF-16 units. */
export interface DocumentPlace {
  readonly syntax: "yaml" | "json";
  readonly start: number;
  readonly end: number;
  /** The line that `start` is in; counts from 1. */
  readonly line: number;
  /** Empty if the document is the object, else `["items", 0]` and the like. */
  readonly path: FieldPath;
}
