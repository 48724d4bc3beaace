import type { PatchOperation } from "../../admission/patch/operation.ts";
import type { PortcullisError } from "../../error.ts";
import type { FieldPath } from "../../policy/field-path.ts";
import { API_VERSION } from "../../policy/binding.ts";
import { describeExclusion } from "../../report/exclusion.ts";
import { builtinErrorNotes } from "../../report/builtin-error-note.ts";
import { mutationNotes } from "../../report/mutation-note.ts";
import type { EvalReport, ReportFinding, ReportProblem, ReportResult } from "../../report/report.ts";
import { unknownVersionNote } from "../../report/version-note.ts";
import { detailsOf, type JudgedFinding, type Judgement } from "../../workers/judgement.ts";
import type { Manifest } from "../manifest/manifest.ts";

/** One object that was judged, and where its fields stand in the user's file. */
export interface Judged {
  readonly manifest: Manifest;
  /** Path of the object inside the document: empty for a manifest, `request.object` for a recorded AdmissionReview. */
  readonly objectPath: FieldPath;
  readonly judgement: Judgement;
  /** The patch of the judgement. */
  readonly patch: readonly PatchOperation[];
}

/** The report of a whole run: what was judged, and what could not be. */
export function evalReport(
  { bundle, stage }: Pick<EvalReport, "bundle" | "stage">,
  judged: readonly Judged[],
  problems: readonly PortcullisError[],
): EvalReport {
  const results = judged.map(reportResult);
  return {
    apiVersion: API_VERSION,
    kind: "EvalReport",
    stage,
    bundle,
    summary: summarize(results),
    results,
    problems: problems.map(reportProblem),
  };
}

function summarize(results: readonly ReportResult[]): EvalReport["summary"] {
  const decided = (kind: ReportResult["decision"]): number =>
    results.filter(({ decision }) => decision === kind).length;
  const findings = results.flatMap((result) => result.findings);
  const enforced = (enforcement: ReportFinding["enforcement"]): number =>
    findings.filter((finding) => finding.enforcement === enforcement).length;
  return {
    objects: results.length,
    allowed: decided("allow"),
    denied: decided("deny"),
    errors: decided("error"),
    violations: enforced("deny"),
    warnings: enforced("warn"),
    mutated: results.filter(({ patch }) => patch.length > 0).length,
  };
}

function reportResult({ manifest, objectPath, judgement, patch }: Judged): ReportResult {
  const { request, message, exclusion } = judgement;
  return {
    source: manifest.source,
    object: objectIdentity(judgement),
    operation: request.operation,
    decision: judgement.decision,
    ...(message === undefined ? {} : { message }),
    warnings: judgement.warnings,
    findings: judgement.findings.map((finding) => reportFinding(finding, { manifest, objectPath })),
    errors: judgement.errors.map(({ policy, code, message: why, remedy, blocks }) => ({
      policy,
      code,
      message: why,
      remedy,
      blocks,
    })),
    ...builtinErrors(judgement),
    mutations: judgement.mutations.map(({ policy, binding, kind }) => ({
      policy,
      ...(binding === undefined ? {} : { binding }),
      result: kind,
    })),
    patch,
    notes: [
      ...(exclusion === undefined ? [] : [describeExclusion(exclusion)]),
      ...mutationNotes(judgement),
      ...builtinErrorNotes(judgement.notes),
      ...unknownVersionNote(request.kind),
    ],
  };
}

function builtinErrors({ notes }: Judgement): Pick<ReportResult, "builtinErrors"> {
  return notes === undefined || notes.builtinErrors.length === 0
    ? {}
    : { builtinErrors: notes.builtinErrors };
}

function objectIdentity({ request }: Judgement): ReportResult["object"] {
  const { group, version, kind } = request.kind;
  const namespaced = request.namespace !== "" && kind !== "Namespace";
  return {
    apiVersion: group === "" ? version : `${group}/${version}`,
    kind,
    ...(namespaced ? { namespace: request.namespace } : {}),
    name: request.name,
  };
}

function reportFinding(
  finding: JudgedFinding,
  { manifest, objectPath }: Pick<Judged, "manifest" | "objectPath">,
): ReportFinding {
  const { policy, rule, enforcement, existing, severity, message } = finding;
  const { field, path, patchedBy, remediation } = finding;
  const details = detailsOf(finding);
  return {
    policy,
    rule,
    enforcement,
    ...(existing === undefined ? {} : { existing }),
    severity,
    message,
    ...(field === undefined ? {} : { field }),
    source: { file: manifest.source.file, ...manifest.locate([...objectPath, ...path]) },
    ...(patchedBy === undefined ? {} : { patchedBy }),
    ...(details === undefined ? {} : { details }),
    ...(remediation === undefined ? {} : { remediation }),
  };
}

function reportProblem(error: PortcullisError): ReportProblem {
  const { code, message, remedy, position } = error;
  return {
    code,
    file: position?.file ?? "",
    line: position?.line ?? 1,
    column: position?.column ?? 1,
    message,
    remedy,
  };
}

/** 0 all admitted, 1 something denied, 2 bad input, 3 a policy error; 2 before 3 before 1 (DESIGN section 4). */
export function evalExitCode({ problems, results }: EvalReport): 0 | 1 | 2 | 3 {
  if (problems.length > 0) return 2;
  if (results.some(({ errors }) => errors.length > 0)) return 3;
  return results.some(({ decision }) => decision === "deny") ? 1 : 0;
}
