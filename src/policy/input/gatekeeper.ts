import type { InputDocument } from "../../engine/index.ts";
import { presentMembers, sharedDocument, type RequestDocuments } from "./documents.ts";

/** The shared part of Gatekeeper's contract: `input.review`. On DELETE `object` is the object that goes away. */
export function gatekeeperReview(documents: RequestDocuments): InputDocument {
  const { object, oldObject, namespaceObject } = documents;
  return sharedDocument(
    documents.head,
    presentMembers({ object: object ?? oldObject, oldObject, namespaceObject }),
  );
}

/** Gatekeeper's contract: `input.review` and `input.parameters` (JSON text, parsed anew for each evaluation). */
export function gatekeeperInput(review: InputDocument, parameters: string): InputDocument {
  return { text: `{"parameters":${parameters}}`, members: [["review", review]], shared: false };
}
