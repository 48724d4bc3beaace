import type { InputDocument } from "../../engine/index.ts";
import { presentMembers, sharedDocument, type RequestDocuments } from "./documents.ts";

/** The native contract's shared part: `input.request`, as the API server sent it. */
export function admissionRequest(documents: RequestDocuments): InputDocument {
  const { object, oldObject } = documents;
  return sharedDocument(documents.head, presentMembers({ object, oldObject }));
}

/**
 * The native contract: `input` is the AdmissionReview, plus `input.parameters` and `input.namespaceObject` where known.
 * `parameters` is JSON text; it is parsed anew for each evaluation, because a value that is put in again and again
 * would be freed with the document that held it before.
 */
export function admissionInput(
  request: InputDocument,
  namespaceObject: InputDocument | undefined,
  parameters: string,
): InputDocument {
  return {
    text: `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","parameters":${parameters}}`,
    members: presentMembers({ request, namespaceObject }),
    shared: false,
  };
}
