import type { Enforcement, Severity, ValidationRule } from "../policy/rule.ts";
import type { ErrorCode } from "../error.ts";

/** Where something stands in a file that the user named; `-` is standard input. Lines and columns count from 1. */
export interface ReportPosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One finding of one policy, with the place in the user's file that it speaks of. */
export interface ReportFinding {
  readonly policy: string;
  readonly rule: ValidationRule;
  readonly enforcement: Enforcement;
  readonly severity: Severity;
  readonly message: string;
  readonly field?: string;
  /** The field's place or, where it does not exist, the place of its nearest parent. */
  readonly source: ReportPosition;
  readonly details?: unknown;
  readonly remediation?: string;
}

/** A policy that could not be evaluated. */
export interface ReportError {
  readonly policy: string;
  readonly code: ErrorCode;
  readonly message: string;
  /** True if it keeps the object out (`failurePolicy: Fail`). */
  readonly blocks: boolean;
}

export interface ReportResult {
  readonly source: { readonly file: string; readonly document: number; readonly line: number };
  readonly object: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
  };
  readonly operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  readonly decision: "allow" | "deny" | "error";
  /** `status.message` of the answer that the API server would get; absent if allowed. */
  readonly message?: string;
  /** `warnings` of that answer. */
  readonly warnings: readonly string[];
  readonly findings: readonly ReportFinding[];
  readonly errors: readonly ReportError[];
  /** What a reader must know about this result, e.g. why the object was excluded. */
  readonly notes: readonly string[];
}

/** Input that could not be judged. */
export interface ReportProblem {
  readonly code: ErrorCode;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly remedy: string;
}

export interface ReportSummary {
  readonly objects: number;
  readonly allowed: number;
  readonly denied: number;
  readonly errors: number;
  readonly violations: number;
  readonly warnings: number;
}

/** What `portcullis eval -o json` prints; `docs/reference/eval-report.schema.json` is its JSON Schema. */
export interface EvalReport {
  readonly apiVersion: "policy.portcullis.dev/v1alpha1";
  readonly kind: "EvalReport";
  readonly bundle: { readonly revision: string; readonly policies: number };
  readonly summary: ReportSummary;
  readonly results: readonly ReportResult[];
  readonly problems: readonly ReportProblem[];
}
