import { isList } from "../../../admission/patch/json.ts";
import { compare, RegoObject, type RegoValue } from "../../../engine/index.ts";
import { membersOf } from "./rego-value.ts";
import { childPath } from "./work.ts";

/** Of more wrong places than this the first are enough: what they stand in is written anew. */
const MOST = 1_000;

/** The JSON pointers of the innermost places at which two values differ. */
export function differences(a: RegoValue, b: RegoValue): readonly string[] {
  const found: string[] = [];
  const pending: { readonly a: RegoValue; readonly b: RegoValue; readonly path: string }[] = [
    { a, b, path: "" },
  ];
  for (let pair = pending.pop(); pair !== undefined && found.length < MOST; pair = pending.pop()) {
    if (pair.a === pair.b) continue;
    const children = childPairs(pair.a, pair.b);
    if (children === undefined) {
      if (compare(pair.a, pair.b) !== 0) found.push(pair.path);
      continue;
    }
    for (const [step, left, right] of children) {
      const path = childPath(pair.path, step);
      if (left === undefined || right === undefined) found.push(path);
      else pending.push({ a: left, b: right, path });
    }
  }
  return found;
}

type ChildPair = readonly [step: string | number, a: RegoValue | undefined, b: RegoValue | undefined];

function childPairs(a: RegoValue, b: RegoValue): readonly ChildPair[] | undefined {
  if (a instanceof RegoObject && b instanceof RegoObject) {
    const [left, right] = [new Map(membersOf(a)), new Map(membersOf(b))];
    return [...new Set([...left.keys(), ...right.keys()])].map((key) => [key, left.get(key), right.get(key)]);
  }
  if (!isList(a) || !isList(b) || a.length !== b.length) return undefined;
  return a.map((item, index) => [index, item, b[index]]);
}
