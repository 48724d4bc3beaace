import { z } from "zod";
import { DECISIONS, STAGES } from "../admission/decision.ts";
import { MUTATIONS } from "../admission/patch/mutation.ts";
import { API_VERSION } from "../policy/binding.ts";
import { ENFORCEMENTS, OPERATIONS, SEVERITIES, VALIDATION_RULES } from "../policy/rule.ts";
import type { ErrorCode } from "../error.ts";

const Count = z.int().min(0);
const LineOrColumn = z.int().min(1);
const File = z.string().describe("The file as the user named it; `-` is standard input.");

const CODE = /^[A-Z][A-Z_]*$/;
// Readers must accept codes that a later version adds, so the schema gives their form only; the type gives the list.
const Code = z
  .custom<ErrorCode>((value) => typeof value === "string" && CODE.test(value))
  .meta({ type: "string", pattern: CODE.source, description: "A code of docs/errors.md." });

/** Where something stands in a file that the user named. */
const ReportPosition = z
  .object({ file: File, line: LineOrColumn, column: LineOrColumn })
  .readonly()
  .describe("Lines and columns count from 1; a column counts UTF-16 code units.");
export type ReportPosition = z.infer<typeof ReportPosition>;

const ReportFinding = z
  .object({
    policy: z.string(),
    rule: z.enum(VALIDATION_RULES),
    enforcement: z.enum(ENFORCEMENTS),
    existing: z
      .literal(true)
      .exactOptional()
      .describe("The old object of the UPDATE had this violation already: it warns where a new one denies."),
    severity: z.enum(SEVERITIES),
    message: z.string(),
    field: z.string().exactOptional().describe("Path into the object, e.g. `spec.containers[0].image`."),
    source: ReportPosition.describe(
      "The field's place or, where it does not exist, the place of its nearest parent.",
    ),
    patchedBy: z
      .array(z.string())
      .readonly()
      .exactOptional()
      .describe("The field is none of the user's: a patch of one of these policies brought it."),
    details: z.unknown().exactOptional().describe("`details` of the violation, as the policy gave it."),
    remediation: z.string().exactOptional().describe("What to change."),
  })
  .readonly()
  .describe("One finding of one policy.");
export type ReportFinding = z.infer<typeof ReportFinding>;

const ReportError = z
  .object({
    policy: z.string(),
    code: Code,
    message: z.string(),
    remedy: z.string(),
    blocks: z.boolean().describe("True if it keeps the object out (`failurePolicy: Fail`)."),
  })
  .readonly()
  .describe("A policy that could not be evaluated.");
export type ReportError = z.infer<typeof ReportError>;

const ReportBuiltinError = z
  .object({
    policy: z.string(),
    rule: z.string(),
    builtin: z.string().describe("OPA's name of the builtin function."),
    message: z.string(),
    count: z.int().min(1).describe("How often, in one evaluation of the rule."),
  })
  .readonly()
  .describe("A builtin function that failed: what depended on it was undefined, and evaluation went on.");

const ReportMutation = z
  .object({
    policy: z.string(),
    binding: z.string().exactOptional().describe("Name of the PolicyBinding; absent without one."),
    result: z
      .enum(MUTATIONS)
      .describe(
        "`held`: the patches would touch a pod template, or the spec of a Pod, which the request leaves alone; `audited`: they would have changed the object, but the enforcement is `audit`.",
      ),
  })
  .readonly()
  .describe("What the `patch` rule of one policy came to.");

const ReportPatchOperation = z
  .object({
    op: z.enum(["add", "replace", "remove"]),
    path: z.string(),
    value: z.unknown().exactOptional().describe("Absent for `remove`."),
  })
  .readonly();

const ReportResult = z
  .object({
    source: z.object({ file: File, document: LineOrColumn, line: LineOrColumn }).readonly(),
    object: z
      .object({
        apiVersion: z.string(),
        kind: z.string(),
        namespace: z.string().exactOptional(),
        name: z.string(),
      })
      .readonly(),
    operation: z.enum(OPERATIONS),
    decision: z.enum(DECISIONS),
    message: z
      .string()
      .exactOptional()
      .describe("`status.message` of the answer that the API server would get; absent if allowed."),
    warnings: z.array(z.string()).readonly().describe("`warnings` of that answer."),
    findings: z.array(ReportFinding).readonly(),
    errors: z.array(ReportError).readonly(),
    builtinErrors: z
      .array(ReportBuiltinError)
      .readonly()
      .exactOptional()
      .describe("The first 20 that differ; absent if there are none."),
    mutations: z.array(ReportMutation).readonly(),
    patch: z
      .array(ReportPatchOperation)
      .readonly()
      .describe("The JSON Patch (RFC 6902) that mutates the object; empty if nothing changes."),
    notes: z
      .array(z.string())
      .readonly()
      .describe("What a reader must know about this result, e.g. why the object was excluded."),
  })
  .readonly()
  .describe("What was decided about one object.");
export type ReportResult = z.infer<typeof ReportResult>;

const ReportProblem = z
  .object({
    code: Code,
    file: File,
    line: LineOrColumn,
    column: LineOrColumn,
    message: z.string(),
    remedy: z.string(),
  })
  .readonly()
  .describe("Input that could not be judged.");
export type ReportProblem = z.infer<typeof ReportProblem>;

const ReportSummary = z
  .object({
    objects: Count,
    allowed: Count,
    denied: Count,
    errors: Count.describe("Objects kept out by a policy error."),
    violations: Count.describe("Findings under enforcement `deny`."),
    warnings: Count.describe("Findings under enforcement `warn`."),
    mutated: Count.describe("Objects that patches change."),
  })
  .readonly();

/**
 * What `portcullis eval -o json` prints. One definition makes these types and, through `evalReportSchema`,
 * `docs/reference/eval-report.schema.json`.
 */
export const EvalReport = z
  .object({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal("EvalReport"),
    stage: z
      .enum(STAGES)
      .describe(
        "`mutate`: patches only, nothing was judged; `validate`: judged as given; `both`: as patched.",
      ),
    bundle: z.object({ revision: z.string(), policies: Count }).readonly(),
    summary: ReportSummary,
    results: z.array(ReportResult).readonly(),
    problems: z.array(ReportProblem).readonly(),
  })
  .readonly();
export type EvalReport = z.infer<typeof EvalReport>;
