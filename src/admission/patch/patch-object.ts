import { RegoObject, RegoSet, type RegoValue } from "../../engine/index.ts";
import { jsonValue, keyText } from "./json.ts";
import { PatchFailure } from "./failure.ts";
import { parsePointer, type Pointer } from "./pointer.ts";

/** Where `upsert` puts an item that is not there yet; where the named item is missing, `before` is first, `after` last. */
type UpsertPosition = "first" | "last" | { readonly before: string } | { readonly after: string };

/** One element of a policy's `patch` set (DESIGN section 4): what a rule asks for, before anything is applied. */
export type PatchObject =
  | {
      readonly op: "add" | "replace" | "default" | "merge";
      readonly path: Pointer;
      readonly value: RegoValue;
    }
  | { readonly op: "remove"; readonly path: Pointer }
  | { readonly op: "copy" | "move"; readonly path: Pointer; readonly from: Pointer }
  | Upsert;

export interface Upsert {
  readonly op: "upsert";
  readonly path: Pointer;
  readonly value: RegoObject;
  readonly key: string;
  /** The value's own member `key`. */
  readonly id: string;
  readonly position: UpsertPosition;
}

/** As many as the API server takes in a JSON Patch (`maxJSONPatchOperations` of k8s.io/apiserver). */
const MAX_PATCH_OBJECTS = 10_000;

/** No value of a Kubernetes type lies deeper than 100 levels (json.ts), and each token takes some of the stack. */
const MAX_POINTER_TOKENS = 500;

const MEMBERS: Readonly<Record<PatchObject["op"], readonly string[]>> = {
  add: ["value"],
  replace: ["value"],
  default: ["value"],
  merge: ["value"],
  remove: [],
  copy: ["from"],
  move: ["from"],
  upsert: ["value", "key", "position"],
};

/** Reads the value of a `patch` rule; undefined is the empty set. Throws PatchFailure for what is no patch object. */
export function readPatchObjects(value: RegoValue | undefined): readonly PatchObject[] {
  if (value === undefined) return [];
  if (!(value instanceof RegoSet)) throw new PatchFailure("shape", "it is no set");
  if (value.items.length > MAX_PATCH_OBJECTS) {
    throw new PatchFailure(
      "apply",
      `it has ${value.items.length} patch objects; ${MAX_PATCH_OBJECTS} may be`,
    );
  }
  return value.items.map(readPatchObject);
}

function readPatchObject(item: RegoValue): PatchObject {
  if (!(item instanceof RegoObject)) throw new PatchFailure("shape", "it holds something that is no object");
  const op = item.get("op");
  if (!isOp(op)) throw new PatchFailure("shape", `\`op\` is ${shown(op)}, not one of ${OPS.join(", ")}`);
  const path = pointerMember(item, "path");
  checkMembers(item, op);
  if (op === "remove") return { op, path };
  if (op === "upsert") return upsert(item, path);
  if (op === "copy" || op === "move") return { op, path, from: pointerMember(item, "from") };
  return { op, path, value: valueMember(item, op) };
}

function checkMembers({ entries }: RegoObject, op: PatchObject["op"]): void {
  const unknown = entries.find(([key]) => !["op", "path", ...MEMBERS[op]].includes(keyText(key)));
  if (unknown !== undefined) {
    throw new PatchFailure("shape", `an object with \`op\` ${op} has the member ${shown(unknown[0])}`);
  }
}

const OPS = Object.keys(MEMBERS).filter(isOp);

function isOp(value: unknown): value is PatchObject["op"] {
  return typeof value === "string" && Object.hasOwn(MEMBERS, value);
}

function valueMember(item: RegoObject, op: string): RegoValue {
  const value = item.get("value");
  if (value === undefined) throw new PatchFailure("shape", `an object with \`op\` ${op} has no \`value\``);
  return jsonValue(value);
}

function pointerMember(item: RegoObject, name: "path" | "from"): Pointer {
  const text = item.get(name);
  const pointer = typeof text === "string" ? parsePointer(text) : undefined;
  if (pointer !== undefined) {
    if (pointer.length <= MAX_POINTER_TOKENS) return pointer;
    throw new PatchFailure("apply", `\`${name}\` has ${pointer.length} tokens; ${MAX_POINTER_TOKENS} may be`);
  }
  const why = `\`${name}\` is ${shown(text)}, not a JSON pointer such as /metadata/labels/team`;
  throw new PatchFailure("shape", why);
}

function upsert(item: RegoObject, path: Pointer): Upsert {
  const value = valueMember(item, "upsert");
  const key = item.get("key") ?? "name";
  if (typeof key !== "string") throw new PatchFailure("shape", `\`key\` is ${shown(key)}, not a string`);
  const id = value instanceof RegoObject ? value.get(key) : undefined;
  if (!(value instanceof RegoObject) || typeof id !== "string") {
    throw new PatchFailure("shape", `the \`value\` of an upsert is no object with a string under \`${key}\``);
  }
  return { op: "upsert", path, value, key, id, position: positionMember(item.get("position") ?? "last") };
}

function positionMember(value: RegoValue): UpsertPosition {
  if (value === "first" || value === "last") return value;
  if (value instanceof RegoObject && value.entries.length === 1) {
    const [before, after] = [value.get("before"), value.get("after")];
    if (typeof before === "string") return { before };
    if (typeof after === "string") return { after };
  }
  const forms = '"first", "last", {"before": name} or {"after": name}';
  throw new PatchFailure("shape", `\`position\` is ${shown(value)}, not ${forms}`);
}

/** A value in a message, cut to what a line can show. */
function shown(value: RegoValue | undefined): string {
  if (value === undefined) return "missing";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…`.toWellFormed() : text;
}
