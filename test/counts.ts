import type { Suite } from "./suites.ts";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Finished {
  /** The program's exit code. */
  readonly code: number;
  readonly output: string;
}

/** How many tests a program's output tells of. A program that failed without saying which test counts as one failure. */
export function count(kind: Suite["counts"], finished: Finished): Counts {
  const counts = READERS[kind](finished);
  const silent = finished.code !== 0 && counts.failed === 0;
  return silent ? { ...counts, failed: 1 } : counts;
}

const READERS: Readonly<Record<Suite["counts"], (finished: Finished) => Counts>> = {
  check: ({ code }) => ({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }),
  jest: ({ output }) => readJest(output),
  opa: ({ output }) => readOpa(output),
};

/** `Tests:       1 failed, 2 skipped, 3 passed, 6 total`; suites that did not even load count as failed tests. */
function readJest(output: string): Counts {
  const line = /^Tests:.*$/m.exec(output)?.[0] ?? "";
  const suites = /^Test Suites:.*$/m.exec(output)?.[0] ?? "";
  const failed = Math.max(number(line, "failed"), number(suites, "failed"));
  return {
    passed: number(line, "passed"),
    failed,
    skipped: number(line, "skipped") + number(line, "todo"),
  };
}

function number(text: string, word: string): number {
  return Number(new RegExp(`(\\d+) ${word}`).exec(text)?.[1] ?? 0);
}

/** `opa test --format json`: an array of results, of which failed and skipped ones are marked. */
function readOpa(output: string): Counts {
  try {
    const results: unknown = JSON.parse(output);
    const list: readonly unknown[] = Array.isArray(results) ? results : [];
    const marked = (mark: string): number =>
      list.filter((result) => typeof result === "object" && result !== null && mark in result).length;
    const [failed, skipped] = [marked("fail") + marked("error"), marked("skip")];
    return { passed: list.length - failed - skipped, failed, skipped };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
