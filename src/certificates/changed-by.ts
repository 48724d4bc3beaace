import { z } from "zod";

/** The field manager under which Portcullis writes. */
export const FIELD_MANAGER = "portcullis";

/** `metav1.ManagedFieldsEntry`; `time` is in RFC 3339, to the second. */
export const ManagedFields = z
  .array(z.object({ manager: z.string().catch(""), time: z.string().catch("") }))
  .catch([]);

/** Who has written an object last, if that was not Portcullis, as far as the API server knows: what is gone nobody owns. */
export function changedBy(managedFields: z.infer<typeof ManagedFields>): string | undefined {
  const last = managedFields.toSorted((one, other) => (one.time < other.time ? 1 : -1));
  const own = last.find(({ manager }) => manager === FIELD_MANAGER)?.time ?? "";
  return last.find(({ manager, time }) => manager !== FIELD_MANAGER && time >= own)?.manager;
}
