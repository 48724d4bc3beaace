import type { TestDifference } from "../../policy-test/opa-differences.ts";
import type { TestFailure, TestOutcome, TestPosition, TestResult } from "../../policy-test/test-result.ts";
import { exitCodeOf } from "../explain-error.ts";
import { API_VERSION } from "../../policy/binding.ts";
import type {
  ReportCoverage,
  ReportDifference,
  ReportFailure,
  ReportTest,
  ReportTestError,
  TestReport,
} from "../../report/test-report.ts";

/** What a run of tests came to. */
export interface TestRun {
  readonly results: readonly TestResult[];
  /** Seconds of the run, without compiling. */
  readonly seconds: number;
  readonly differences?: readonly TestDifference[];
  readonly coverage?: ReportCoverage;
  readonly updated?: readonly string[];
}

export function testReport({ results, seconds, differences, coverage, updated }: TestRun): TestReport {
  const count = (kind: TestOutcome["kind"]): number =>
    results.filter(({ outcome }) => outcome.kind === kind).length;
  return {
    apiVersion: API_VERSION,
    kind: "TestReport",
    summary: {
      tests: results.length,
      passed: count("passed"),
      failed: count("failed"),
      errors: count("error"),
      skipped: count("skipped"),
      differences: differences?.length ?? 0,
      seconds,
    },
    results: results.map(reportTest),
    ...(differences === undefined ? {} : { differences: differences.map(reportDifference) }),
    ...(coverage === undefined ? {} : { coverage }),
    ...(updated === undefined ? {} : { updated }),
  };
}

/** 2 where a test cannot be run as it is, 3 where one came to no result, 1 where one failed or differs from OPA. */
export function testExitCode({ results, differences = [] }: TestRun): 0 | 1 | 2 | 3 {
  const errors = results.flatMap(({ outcome }) => (outcome.kind === "error" ? [outcome.error] : []));
  const codes = errors.map((error) => (error.code.startsWith("EVALUATION_") ? 3 : exitCodeOf(error)));
  if (codes.length > 0) return codes.includes(2) ? 2 : 3;
  const hasFailed = results.some(({ outcome }) => outcome.kind === "failed");
  return hasFailed || differences.length > 0 ? 1 : 0;
}

function reportTest({ name, kind, outcome, position, seconds, printed }: TestResult): ReportTest {
  return {
    name,
    kind,
    outcome: outcome.kind,
    source: position,
    seconds,
    ...detailsOf(outcome, position),
    ...(printed.length === 0 ? {} : { printed }),
  };
}

function detailsOf(
  outcome: TestOutcome,
  position: TestPosition,
): Pick<ReportTest, "failures" | "error" | "reason"> {
  switch (outcome.kind) {
    case "passed":
      return {};
    case "skipped":
      return { reason: outcome.reason };
    case "failed":
      return { failures: outcome.failures.map(reportFailure) };
    case "error":
      return { error: reportError(outcome.error, position) };
  }
}

function reportFailure({ message, at, contrast, remedy }: TestFailure): ReportFailure {
  return { message, source: at, ...contrast, remedy };
}

/** An error without a place of its own is shown at the test. */
function reportError(
  { code, message, remedy, position }: Extract<TestOutcome, { kind: "error" }>["error"],
  test: TestPosition,
): ReportTestError {
  const own = position === undefined ? test : { line: 1, column: 1, ...position };
  return { code, message, source: own, remedy };
}

function reportDifference({ name, position, here, opa }: TestDifference): ReportDifference {
  return { name, source: position, outcome: here, opa };
}
