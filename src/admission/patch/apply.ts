import { RegoObject, type RegoValue, sortDistinct } from "../../engine/index.ts";
import { PatchFailure } from "./failure.ts";
import { isList, keyText } from "./json.ts";
import type { PatchOperation } from "./operation.ts";
import { arrayIndex, parsePointer } from "./pointer.ts";

/**
 * A value while operations change it. What they reach into is opened once, so that ten thousand operations on one object
 * do not copy it ten thousand times. Lives for one call of `applyPatch`.
 */
type Draft = RegoValue | Opened;
type Opened = DraftObject | DraftList;
type DraftObject = Map<string, Draft>;

class DraftList {
  readonly items: Draft[];

  constructor(items: readonly RegoValue[]) {
    this.items = [...items];
  }
}

/**
 * Applies a JSON Patch (RFC 6902), one operation after the other. Throws PatchFailure where an operation does not fit:
 * an API server would refuse the whole request for it, even under `failurePolicy: Ignore`.
 */
export function applyPatch(object: RegoValue, patch: readonly PatchOperation[]): RegoValue {
  let root: Draft = object;
  for (const operation of patch) {
    const path = parsePointer(operation.path);
    if (path === undefined) throw unfitting(operation);
    const last = path.at(-1);
    if (last !== undefined) {
      root = opened(root, operation);
      const parent = path.slice(0, -1).reduce<Opened>((at, token) => openAt(at, token, operation), root);
      if (parent instanceof DraftList) changeItem(parent.items, last, operation);
      else changeMember(parent, last, operation);
    } else if (operation.op === "remove") throw unfitting(operation);
    else root = operation.value;
  }
  return closed(root);
}

function openAt(parent: Opened, token: string, operation: PatchOperation): Opened {
  if (!(parent instanceof DraftList)) {
    const child = opened(parent.get(token), operation);
    parent.set(token, child);
    return child;
  }
  const index = arrayIndex(token) ?? parent.items.length;
  const child = opened(parent.items[index], operation);
  parent.items[index] = child;
  return child;
}

function opened(value: Draft | undefined, operation: PatchOperation): Opened {
  if (value instanceof Map || value instanceof DraftList) return value;
  if (value instanceof RegoObject)
    return new Map(value.entries.map(([key, member]) => [keyText(key), member]));
  if (isList(value)) return new DraftList(value);
  throw unfitting(operation);
}

function changeMember(members: DraftObject, key: string, operation: PatchOperation): void {
  if (operation.op !== "add" && !members.has(key)) throw unfitting(operation);
  if (operation.op === "remove") members.delete(key);
  else members.set(key, operation.value);
}

function changeItem(items: Draft[], token: string, operation: PatchOperation): void {
  const index = token === "-" ? items.length : arrayIndex(token);
  const end = operation.op === "add" ? items.length + 1 : items.length;
  if (index === undefined || index >= end) throw unfitting(operation);
  if (operation.op === "remove") items.splice(index, 1);
  else items.splice(index, operation.op === "add" ? 0 : 1, operation.value);
}

function closed(value: Draft): RegoValue {
  if (value instanceof DraftList) return value.items.map(closed);
  if (!(value instanceof Map)) return value;
  const entries = [...value].map(([key, member]) => [key, closed(member)] as const);
  return new RegoObject(sortDistinct(entries, ([key]) => key));
}

function unfitting({ op, path }: PatchOperation): PatchFailure {
  return new PatchFailure("apply", `the operation ${op} ${path} does not fit the object`);
}
