import type { PortcullisError } from "../error.ts";

/** Where a test stands in the user's files; lines and columns count from 1. */
export interface TestPosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What a failed test shows beside its message, as text for people: Rego or YAML. */
export interface Contrast {
  readonly expected: string;
  readonly actual: string;
  /** Lines of a unified diff from expected to actual. */
  readonly difference: string;
}

/** A failed expectation; `at` is the expression or the line of the fixture that did not hold. */
export interface TestFailure {
  readonly message: string;
  readonly at: TestPosition;
  readonly contrast?: Contrast;
  /** What to do next. */
  readonly remedy: string;
}

export type TestOutcome =
  | { readonly kind: "passed" }
  | { readonly kind: "failed"; readonly failures: readonly [TestFailure, ...TestFailure[]] }
  | { readonly kind: "error"; readonly error: PortcullisError }
  | { readonly kind: "skipped"; readonly reason: string };

/** One test of a policy: a `test_` rule (or one case of a table), or a fixture. */
export interface TestResult {
  readonly kind: "rego" | "fixture";
  /** For people and `--run`: `pod_security.privileged_test: test_x`, or `pod-security/privileged/bad/pod.yaml`. */
  readonly name: string;
  readonly position: TestPosition;
  readonly seconds: number;
  /** What the policies printed while it ran, a line each. */
  readonly printed: readonly string[];
  readonly outcome: TestOutcome;
}
