import type { Decision } from "./decision.ts";
import type { Finding } from "./outcome.ts";
import { warningTexts } from "./warning.ts";

/** Beyond this many a denial says "and N more": a message that long is read by nobody. */
const MAX_VIOLATIONS = 32;
/** etcd and Events cut long texts; 1 KiB for one message is more than a line of a terminal can show. */
const MAX_MESSAGE = 1_024;

/** `metav1.StatusCause`. */
export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

/** An `admission.k8s.io/v1` AdmissionResponse. */
export interface AdmissionResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: {
    readonly code: number;
    readonly reason: string;
    readonly message: string;
    readonly details?: { readonly causes: readonly StatusCause[] };
  };
  readonly warnings?: readonly string[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
}

/** The answer for a decision. The same object and revision give the same text, so that Events aggregate. */
export function respond(decision: Decision): AdmissionResponse {
  const warnings = warningTexts(decision.findings.filter(({ enforcement }) => enforcement === "warn"));
  const common = {
    uid: decision.request.uid,
    ...(warnings.length === 0 ? {} : { warnings }),
    auditAnnotations: auditAnnotations(decision),
  };
  switch (decision.kind) {
    case "allow":
      return { ...common, allowed: true };
    case "deny":
      return { ...common, allowed: false, status: deniedStatus(decision) };
    case "error":
      return { ...common, allowed: false, status: { code: 500, reason: "InternalError", message: errorText(decision) } };
  }
}

/** The AdmissionReview that carries a response, as JSON text. */
export function encodeReview(response: AdmissionResponse): string {
  return JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response });
}

function deniedStatus(decision: Decision): NonNullable<AdmissionResponse["status"]> {
  const violations = decision.findings.filter(({ enforcement }) => enforcement === "deny");
  const shown = violations.slice(0, MAX_VIOLATIONS);
  const more = violations.length - shown.length;
  const lines = [
    ...shown.map(({ policy, message }) => `${policy}: ${shorten(message)}`),
    ...(more === 0 ? [] : [`and ${more} more`]),
    ...(decision.errors.length === 0 ? [] : [errorText(decision)]),
  ];
  return { code: 403, reason: "Forbidden", message: lines.join("\n"), details: { causes: shown.map(cause) } };
}

/** `reason` carries the policy's id: `metav1.CauseType` is a free, machine-readable word. */
function cause({ policy, message, field }: Finding): StatusCause {
  return { reason: policy, message: shorten(message), ...(field === undefined ? {} : { field }) };
}

function errorText({ errors }: Decision): string {
  const lines = errors.map(({ policy, error }) => `${policy} could not be evaluated: ${shorten(error.message)}`);
  return lines.join("\n");
}

function shorten(text: string): string {
  return text.length <= MAX_MESSAGE ? text : `${text.slice(0, MAX_MESSAGE)}…`.toWellFormed();
}

/** For the API server's audit log; keys must be qualified names without a slash (reference: admission contract, 1B). */
function auditAnnotations(decision: Decision): Readonly<Record<string, string>> {
  const denying = decision.findings.filter(({ enforcement }) => enforcement === "deny").map(({ policy }) => policy);
  return {
    "bundle-revision": decision.revision,
    "decision-id": decision.request.uid,
    ...(denying.length === 0 ? {} : { "denied-by": [...new Set(denying)].join(",") }),
  };
}
