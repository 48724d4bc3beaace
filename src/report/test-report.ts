import { z } from "zod";
import { API_VERSION } from "../policy/binding.ts";

const Count = z.int().min(0);
const LineOrColumn = z.int().min(1);

/** Where a test, or what of it failed, stands in a file. */
const TestPlace = z
  .object({ file: z.string(), line: LineOrColumn, column: LineOrColumn })
  .readonly()
  .describe("Lines and columns count from 1; a column counts UTF-16 code units.");
export type TestPlace = z.infer<typeof TestPlace>;

const ReportFailure = z
  .object({
    message: z.string().describe("What does not hold; below it, a line for each value that it depends on."),
    source: TestPlace.describe("The expression or the line of the fixture that does not hold."),
    expected: z.string().exactOptional(),
    actual: z.string().exactOptional(),
    difference: z.string().exactOptional().describe("Lines of a unified diff from expected to actual."),
    remedy: z.string(),
  })
  .readonly();
export type ReportFailure = z.infer<typeof ReportFailure>;

const ReportTestError = z
  .object({
    code: z
      .string()
      .regex(/^[A-Z][A-Z_]*$/)
      .describe("A code of docs/errors.md."),
    message: z.string(),
    source: TestPlace,
    remedy: z.string(),
  })
  .readonly()
  .describe("Why a test came to no result.");
export type ReportTestError = z.infer<typeof ReportTestError>;

const OUTCOMES_OF_TESTS = ["passed", "failed", "error", "skipped"] as const;

const ReportTest = z
  .object({
    name: z
      .string()
      .describe("`<pack>/<name>: test_x`, `[key]` behind it for a case of a table; of a fixture its path."),
    kind: z.enum(["rego", "fixture"]),
    outcome: z.enum(OUTCOMES_OF_TESTS),
    source: TestPlace,
    seconds: z.number().min(0).describe("In WebAssembly; of a case of a table that of the whole table."),
    failures: z.array(ReportFailure).readonly().exactOptional().describe("Present if it failed."),
    error: ReportTestError.exactOptional(),
    reason: z.string().exactOptional().describe("Why it was skipped."),
    printed: z.array(z.string()).readonly().exactOptional().describe("What `print` wrote, if anything."),
  })
  .readonly()
  .describe("One test in Rego, one case of a table of tests, or one fixture.");
export type ReportTest = z.infer<typeof ReportTest>;

const DIFFERENT = [...OUTCOMES_OF_TESTS, "absent"] as const;

const ReportDifference = z
  .object({ name: z.string(), source: TestPlace, outcome: z.enum(DIFFERENT), opa: z.enum(DIFFERENT) })
  .readonly()
  .describe("A test that came to something else in `opa test`.");
export type ReportDifference = z.infer<typeof ReportDifference>;

const ReportRule = z
  .object({ name: z.string(), file: z.string(), line: LineOrColumn })
  .readonly()
  .describe("A rule, or what follows its `else`.");

const PolicyCoverage = z
  .object({
    policy: z.string().describe("`<pack>/<name>`, libraries too."),
    rules: Count,
    reached: Count.describe("Those whose body held in a test at least once."),
    percent: z.number().min(0).max(100),
    missed: z.array(ReportRule).readonly().describe("Those that no test reached."),
  })
  .readonly();
export type PolicyCoverage = z.infer<typeof PolicyCoverage>;

const ReportCoverage = z
  .object({
    rules: Count,
    reached: Count,
    percent: z.number().min(0).max(100),
    policies: z.array(PolicyCoverage).readonly(),
  })
  .readonly()
  .describe("Which rules the tests reached; default values are not counted.");
export type ReportCoverage = z.infer<typeof ReportCoverage>;

/**
 * What `portcullis test -o json` prints. One definition makes these types and, through `testReportSchema`,
 * `docs/reference/test-report.schema.json`.
 */
export const TestReport = z
  .object({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal("TestReport"),
    summary: z
      .object({
        tests: Count,
        passed: Count,
        failed: Count,
        errors: Count,
        skipped: Count,
        differences: Count.describe("0 without `--opa`."),
        seconds: z.number().min(0).describe("Of the whole run, without compiling."),
      })
      .readonly(),
    results: z.array(ReportTest).readonly(),
    differences: z.array(ReportDifference).readonly().exactOptional().describe("Present with `--opa`."),
    coverage: ReportCoverage.exactOptional().describe("Present with `--coverage`."),
    updated: z
      .array(z.string())
      .readonly()
      .exactOptional()
      .describe("The files that `--update` has written; present with `--update`."),
  })
  .readonly();
export type TestReport = z.infer<typeof TestReport>;
