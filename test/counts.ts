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
  portcullis: ({ output }) => readPortcullis(output),
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

/** `9 tests: 3 passed, 1 failed, 2 errors, 3 skipped, 4 differ from opa test · 1.50 s`: a difference is a failed test. */
function readPortcullis(output: string): Counts {
  const line = /^\d+ tests?: .*$/m.exec(output)?.[0] ?? "";
  const failed = number(line, "failed") + number(line, "error") + number(line, "differ");
  return { passed: number(line, "passed"), failed, skipped: number(line, "skipped") };
}
