import type { Answer } from "../admission/answer.ts";
import type { Decision, DecisionKind } from "../admission/decision.ts";
import type { Finding } from "../admission/outcome.ts";
import type { Mutation } from "../admission/patch/mutation.ts";
import type { PatchOperation } from "../admission/patch/operation.ts";
import { originOf } from "../admission/patch/origin.ts";
import { parseValue, type RegoValue, valueToRego } from "../engine/index.ts";
import { parseFieldPath, type FieldPath } from "../policy/field-path.ts";
import { errorFields, type ErrorFields } from "./error-fields.ts";

/** What a report tells of one review, as plain data: it is the same after it has gone from thread to thread. */
export interface Judgement extends Pick<Decision, "exclusion" | "unpatchable" | "notes"> {
  readonly request: Pick<Decision["request"], "operation" | "kind" | "namespace" | "name">;
  readonly decision: DecisionKind;
  /** `status.message` of the answer; undefined if the object is allowed. */
  readonly message: string | undefined;
  readonly warnings: readonly string[];
  readonly findings: readonly JudgedFinding[];
  readonly errors: readonly (ErrorFields & { readonly policy: string; readonly blocks: boolean })[];
  readonly mutations: readonly Pick<Mutation, "policy" | "binding" | "kind">[];
  /** Values in Rego's syntax, which keeps every digit and tells sets from lists; `patchOf` reads them. */
  readonly patch: readonly TextOperation[];
}

export interface JudgedFinding extends Omit<Finding, "details"> {
  /** The field in the object as the user wrote it: of what a patch brought, its nearest parent. */
  readonly path: FieldPath;
  /** Ids of the policies of which one brought the field; undefined if it is the user's own. */
  readonly patchedBy: readonly string[] | undefined;
  /** In Rego's syntax; `detailsOf` reads it. */
  readonly details: string | undefined;
}

type TextOperation =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: string }
  | { readonly op: "remove"; readonly path: string };

/** A review with its judgement, or why its bytes are no AdmissionReview. */
export type JudgementResult =
  | { readonly kind: "judged"; readonly judgement: Judgement }
  | { readonly kind: "rejected"; readonly error: ErrorFields };

export function judgementResult(answer: Answer): JudgementResult {
  if (answer.kind === "rejected") return { kind: "rejected", error: errorFields(answer.error) };
  const { decision, response } = answer;
  const { operation, kind, namespace, name } = decision.request;
  const judgement: Judgement = {
    request: { operation, kind, namespace, name },
    decision: decision.kind,
    message: response.status?.message,
    warnings: response.warnings ?? [],
    findings: decision.findings.map((finding) => judgedFinding(finding, decision)),
    errors: decision.errors.map(({ policy, error, blocks }) => ({ policy, blocks, ...errorFields(error) })),
    mutations: decision.mutations.map(({ policy, binding, kind: result }) => ({
      policy,
      binding,
      kind: result,
    })),
    patch: decision.patch.map(textOperation),
    exclusion: decision.exclusion,
    unpatchable: decision.unpatchable,
    ...(decision.notes === undefined ? {} : { notes: decision.notes }),
  };
  return { kind: "judged", judgement };
}

function judgedFinding({ details, ...finding }: Finding, { patch, mutations }: Decision): JudgedFinding {
  const patchedPath = finding.field === undefined ? [] : (parseFieldPath(finding.field) ?? []);
  const path = originOf(patchedPath, patch);
  const patching = mutations.filter(({ kind }) => kind === "patched").map(({ policy }) => policy);
  return {
    ...finding,
    path,
    patchedBy: path.length < patchedPath.length ? [...new Set(patching)] : undefined,
    details: details === undefined ? undefined : valueToRego(details),
  };
}

function textOperation(operation: PatchOperation): TextOperation {
  return operation.op === "remove" ? operation : { ...operation, value: valueToRego(operation.value) };
}

/** The patch of a judgement with its values. */
export function patchOf({ patch }: Judgement): readonly PatchOperation[] {
  return patch.map((operation) =>
    operation.op === "remove" ? operation : { ...operation, value: parseValue(operation.value) },
  );
}

/** The `details` of a finding, undefined if it has none. */
export function detailsOf({ details }: JudgedFinding): RegoValue | undefined {
  return details === undefined ? undefined : parseValue(details);
}
