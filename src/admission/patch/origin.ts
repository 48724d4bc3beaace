import type { FieldPath } from "../../policy/field-path.ts";
import type { PatchOperation } from "./operation.ts";
import { arrayIndex, parsePointer, type Pointer } from "./pointer.ts";

/**
 * Where a field of the patched object stood before the patch: list items that came or went moved the others. Of what
 * the patch itself brought, the path of its parent.
 */
export function originOf(path: FieldPath, patch: readonly PatchOperation[]): FieldPath {
  return patch.reduceRight<FieldPath>(beforeOperation, path);
}

function beforeOperation(path: FieldPath, operation: PatchOperation): FieldPath {
  const pointer = parsePointer(operation.path) ?? [];
  const last = pointer.length - 1;
  const step = path[last];
  if (operation.op === "replace" || step === undefined || !startsWith(path, pointer.slice(0, -1)))
    return path;
  const index = arrayIndex(pointer[last] ?? "");
  if (typeof step === "number" && index !== undefined)
    return beforeShift(path, last, { index, op: operation.op });
  return operation.op === "add" && step === pointer[last] ? path.slice(0, last) : path;
}

function beforeShift(
  path: FieldPath,
  last: number,
  { index, op }: { readonly index: number; readonly op: "add" | "remove" },
): FieldPath {
  const step = Number(path[last]);
  if (op === "remove") return step >= index ? path.with(last, step + 1) : path;
  if (step === index) return path.slice(0, last);
  return step > index ? path.with(last, step - 1) : path;
}

function startsWith(path: FieldPath, pointer: Pointer): boolean {
  return pointer.every((token, index) => String(path[index]) === token);
}
