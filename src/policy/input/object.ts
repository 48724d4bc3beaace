import type { InputDocument } from "../../engine/index.ts";
import { NULL_DOCUMENT, type RequestDocuments } from "./documents.ts";

/** The contract of Conftest and of plain rules: `input` is the bare manifest; on DELETE the object that goes away. */
export function objectInput(documents: RequestDocuments): InputDocument {
  return documents.object ?? documents.oldObject ?? NULL_DOCUMENT;
}
