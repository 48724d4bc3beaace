import { compare } from "../compare.ts";
import { RegoNumber, RegoObject, RegoSet, type RegoValue } from "../value.ts";
import { type Builtins, integerOperand, isArray, objectValue, setValue } from "./builtin.ts";
import { readPath } from "./json-pointer.ts";

/** v1/topdown/json.go: RFC 6902, also for sets and for keys that are no strings. */
export const JSON_PATCH: Builtins = {
  "json.patch": ([target, operations]) => {
    if (target === undefined || !isArray(operations)) return undefined;
    return operations.reduce<RegoValue | undefined>((value, operation) => patched(value, operation), target);
  },
};

type Path = readonly RegoValue[];

/** Undefined if the operation fails. `target` is undefined where an operation before it failed or removed it. */
function patched(target: RegoValue | undefined, operation: RegoValue): RegoValue | undefined {
  if (!(operation instanceof RegoObject)) return undefined;
  const path = readPath(operation.get("path"));
  const kind = operation.get("op");
  const apply = typeof kind === "string" ? OPERATIONS.get(kind) : undefined;
  return target === undefined || path === undefined ? undefined : apply?.(target, path, operation);
}

type Operation = (target: RegoValue, path: Path, operation: RegoObject) => RegoValue | undefined;

const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ["add", (target, path, operation) => added(target, path, operation.get("value"))],
  ["remove", removed],
  [
    "replace",
    (target, path, operation) => added(removed(target, path), path, operation.get("value"), target),
  ],
  [
    "move",
    (target, path, operation) => {
      const from = readPath(operation.get("from"));
      return from && added(removed(target, from), path, valueAt(target, from), target);
    },
  ],
  [
    "copy",
    (target, path, operation) => {
      const from = readPath(operation.get("from"));
      return from && added(target, path, valueAt(target, from));
    },
  ],
  [
    "test",
    (target, path, operation) => {
      const found = valueAt(target, path);
      const wanted = operation.get("value");
      return found !== undefined && wanted !== undefined && compare(found, wanted) === 0 ? target : undefined;
    },
  ],
]);

/** The whole document may be replaced although it is gone (`before`). */
function added(
  target: RegoValue | undefined,
  path: Path,
  value: RegoValue | undefined,
  before: RegoValue | undefined = target,
): RegoValue | undefined {
  if (value === undefined || before === undefined) return undefined;
  if (path.length === 0) return value;
  return target === undefined
    ? undefined
    : changed(target, path, (parent, key) => withMember(parent, key, value));
}

function removed(target: RegoValue, path: Path): RegoValue | undefined {
  return path.length === 0 ? undefined : changed(target, path, withoutMember);
}

/** A copy in which the parent of what the path leads to is changed. */
function changed(
  target: RegoValue,
  [key, ...rest]: Path,
  change: (parent: RegoValue, key: RegoValue) => RegoValue | undefined,
): RegoValue | undefined {
  if (key === undefined) return target;
  if (rest.length === 0) return change(target, key);
  const member = memberOf(target, key);
  const next = member === undefined ? undefined : changed(member, rest, change);
  return next === undefined ? undefined : withChanged(target, key, next);
}

function valueAt(target: RegoValue, path: Path): RegoValue | undefined {
  return path.reduce<RegoValue | undefined>(
    (value, key) => (value === undefined ? undefined : memberOf(value, key)),
    target,
  );
}

function memberOf(value: RegoValue, key: RegoValue): RegoValue | undefined {
  if (value instanceof RegoObject) return value.entries.find(([name]) => compare(name, key) === 0)?.[1];
  if (value instanceof RegoSet) return value.items.find((item) => compare(item, key) === 0);
  if (!isArray(value)) return undefined;
  const index = indexOf(key, value.length);
  return index === undefined ? undefined : value[index];
}

/** `value` in place of what is there. */
function withChanged(parent: RegoValue, key: RegoValue, value: RegoValue): RegoValue | undefined {
  if (parent instanceof RegoObject) return withMember(parent, key, value);
  if (parent instanceof RegoSet) {
    return setValue([...parent.items.filter((item) => compare(item, key) !== 0), value]);
  }
  if (!isArray(parent)) return undefined;
  const index = indexOf(key, parent.length);
  return index === undefined ? undefined : parent.with(index, value);
}

/** A member of a set is its own key. */
function withMember(parent: RegoValue, key: RegoValue, value: RegoValue): RegoValue | undefined {
  if (parent instanceof RegoObject) return objectValue([...parent.entries, [key, value]]);
  if (parent instanceof RegoSet) {
    return compare(key, value) === 0 ? setValue([...parent.items, value]) : undefined;
  }
  const index = isArray(parent) ? indexOf(key, parent.length) : undefined;
  if (!isArray(parent) || index === undefined || index < 0 || index > parent.length) return undefined;
  return parent.toSpliced(index, 0, value);
}

function withoutMember(parent: RegoValue, key: RegoValue): RegoValue | undefined {
  if (memberOf(parent, key) === undefined) return undefined;
  if (parent instanceof RegoObject) {
    return new RegoObject(parent.entries.filter(([name]) => compare(name, key) !== 0));
  }
  if (parent instanceof RegoSet) return new RegoSet(parent.items.filter((item) => compare(item, key) !== 0));
  const index = isArray(parent) ? indexOf(key, parent.length) : undefined;
  return isArray(parent) && index !== undefined ? parent.toSpliced(index, 1) : undefined;
}

/** `-` is the place after the last item. */
function indexOf(key: RegoValue, length: number): number | undefined {
  if (key === "-") return length;
  const isText = typeof key === "string";
  if (isText && key !== "0" && key.startsWith("0")) return undefined;
  const index = integerOperand(isText && /^-?[\d.]+$/.test(key) ? new RegoNumber(key) : key);
  return index === undefined ? undefined : Number(index);
}
