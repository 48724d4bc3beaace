import { FIELD_MANAGER, type ManagedFieldsEntry } from "../cluster/api/managed-fields.ts";

/** Who has written an object last, if that was not Portcullis, as far as the API server knows: what is gone nobody owns. */
export function changedBy(
  managedFields: readonly Pick<ManagedFieldsEntry, "manager" | "time">[],
): string | undefined {
  const last = managedFields.toSorted(byTime).toReversed();
  const own = last.find(({ manager }) => manager === FIELD_MANAGER)?.time ?? "";
  return last.find(({ manager, time }) => manager !== FIELD_MANAGER && time >= own)?.manager;
}

function byTime(
  { time: one }: Pick<ManagedFieldsEntry, "time">,
  { time: other }: Pick<ManagedFieldsEntry, "time">,
): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
