import { applyPatch } from "../../../admission/patch/apply.ts";
import { PatchFailure } from "../../../admission/patch/failure.ts";
import { isAbsent, valueAt } from "../../../admission/patch/json.ts";
import type { PatchOperation } from "../../../admission/patch/operation.ts";
import { arrayIndex, formatPointer, parsePointer, type Pointer } from "../../../admission/patch/pointer.ts";
import { RegoObject, type RegoValue } from "../../../engine/index.ts";
import type { FieldPath } from "../../../policy/field-path.ts";

/**
 * A document with the patch applied to the object in it; undefined if the patch does not fit. It was made for the object
 * that the API server sends, which may have a namespace, or an `apiVersion` from its List, that the file has not: so
 * missing parents are made, and what is not there need not be removed.
 */
export function patchedDocument(
  document: RegoValue,
  objectPath: FieldPath,
  patch: readonly PatchOperation[],
): RegoValue | undefined {
  const prefix = objectPath.map(String);
  const placed = patch.map((operation) => ({
    ...operation,
    path: formatPointer(prefix) + operation.path,
  }));
  return (
    attempt(() => applyPatch(document, placed)) ??
    attempt(() =>
      placed.reduce((value, operation) => applyLoosely(value, prefix.length, operation), document),
    )
  );
}

function attempt(apply: () => RegoValue): RegoValue | undefined {
  try {
    return apply();
  } catch (error) {
    if (error instanceof PatchFailure) return undefined;
    throw error;
  }
}

function applyLoosely(document: RegoValue, objectDepth: number, operation: PatchOperation): RegoValue {
  const path = parsePointer(operation.path) ?? [];
  const found = valueAt(document, path);
  if (operation.op === "remove") return found === undefined ? document : applyPatch(document, [operation]);
  const op = found === undefined ? "add" : operation.op;
  return applyPatch(withParents(document, path, objectDepth), [{ ...operation, op }]);
}

/** Makes the objects above a path that are not there, from the object in the document downwards; lists are not made. */
function withParents(document: RegoValue, path: Pointer, objectDepth: number): RegoValue {
  let value = document;
  for (const [depth, token] of path.entries()) {
    const parent = path.slice(0, depth);
    const found = valueAt(value, parent);
    const isItem = token === "-" || arrayIndex(token) !== undefined;
    if (depth < objectDepth || !isAbsent(found) || isItem) continue;
    const op = found === undefined ? "add" : "replace";
    value = applyPatch(value, [{ op, path: formatPointer(parent), value: new RegoObject([]) }]);
  }
  return value;
}
