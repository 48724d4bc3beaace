import { beforeEach, expect, test } from "@jest/globals";
import { performance } from "node:perf_hooks";
import { decided, RECORD } from "../../../test/review-results.ts";
import type { ReviewCall, ReviewResult } from "../../workers/review-call.ts";
import { knowingNamespaces } from "./cluster-knowledge.ts";

/** Whether `shop` was told to those who decide. */
let isLearned: boolean;
/** For how many milliseconds the namespace was looked for, look by look. */
let looks: number[];

beforeEach(() => {
  [isLearned, looks] = [false, []];
});

async function decide(): Promise<ReviewResult> {
  if (isLearned) return decided("with its labels");
  return { kind: "decided", body: "without its labels", record: RECORD, unknownNamespace: "shop" };
}

/** Calls have so many milliseconds; `appears` gets the number of looks so far. */
function ask(milliseconds: number, appears: (looked: number) => boolean): Promise<ReviewResult> {
  const look = async (name: string, patience: number): Promise<boolean> => {
    expect(name).toBe("shop");
    looks.push(patience);
    return appears(looks.length);
  };
  const deadline = performance.now() + milliseconds;
  const call: ReviewCall = { webhook: "validate", body: new Uint8Array(), deadline };
  return knowingNamespaces(decide, look, () => (isLearned = true))(call);
}

test("an object is decided again when its namespace is known, which is looked for closely at first", async () => {
  expect(await ask(100_000, () => true)).toEqual(decided("with its labels"));
  expect(looks).toEqual([1_000]);
});

test("a namespace that comes later is still waited for", async () => {
  expect(await ask(1_000_000, (looked) => looked === 3)).toEqual(decided("with its labels"));
  expect(looks).toEqual([1_000, 0, 0]);
});

test("a namespace that never comes is waited for half of the time that is left", async () => {
  expect(await ask(500, () => false)).toMatchObject(decided("without its labels"));
  expect(looks[0]).toBeLessThanOrEqual(250);
  // One every 100 ms.
  expect(looks.length).toBeLessThanOrEqual(1 + 3);
  expect(isLearned).toBe(false);
});

test("what was decided with everything known is decided once", async () => {
  isLearned = true;
  expect(await ask(100_000, () => true)).toEqual(decided("with its labels"));
  expect(looks).toEqual([]);
});
