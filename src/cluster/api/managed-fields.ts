import { z } from "zod";
import { isJsonObject, type JsonObject } from "../../policy/json.ts";

/** Who Portcullis is to the API server: the owner of the fields that it sets. */
export const FIELD_MANAGER = "portcullis";

/** Who has set which fields of an object (`metav1.ManagedFieldsEntry`); what is no text or no object counts as empty. */
const ManagedFieldsEntry = z.object({
  manager: z.string().catch(""),
  /** `Apply` or `Update`. */
  operation: z.string().catch(""),
  /** RFC 3339, to the second. */
  time: z.string().catch(""),
  fieldsV1: z.custom<JsonObject>(isJsonObject).catch({}),
});
export type ManagedFieldsEntry = z.infer<typeof ManagedFieldsEntry>;

/** Without any, nobody is known to own anything. */
export const ManagedFields = z.array(ManagedFieldsEntry).catch([]);
