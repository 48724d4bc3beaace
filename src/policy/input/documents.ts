import type { InputDocument } from "../../engine/index.ts";

/** The parts of one AdmissionRequest from which every input contract is put together; each is parsed once. */
export interface RequestDocuments {
  /** The request without `object` and `oldObject`, as JSON text of an object. */
  readonly head: string;
  /** `null` if the request says null, undefined if it lacks the member. */
  readonly object: InputDocument | null | undefined;
  readonly oldObject: InputDocument | null | undefined;
  /** The Namespace object of the request's namespace, where known. */
  readonly namespaceObject: InputDocument | undefined;
}

export const NULL_DOCUMENT: InputDocument = { text: "null", members: [], shared: true };

export function sharedDocument(text: string, members: InputDocument["members"] = []): InputDocument {
  return { text, members, shared: true };
}

/** The members that are there, in the form that an `InputDocument` takes. */
export function presentMembers(
  members: Readonly<Record<string, InputDocument | null | undefined>>,
): InputDocument["members"] {
  return Object.entries(members).flatMap(([key, document]) =>
    document === undefined ? [] : [[key, document ?? NULL_DOCUMENT] as const],
  );
}
