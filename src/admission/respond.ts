import type { Decision, PolicyError } from "./decision.ts";
import type { Finding } from "./outcome.ts";
import { plainText } from "./plain-text.ts";
import { warningTexts } from "./warning.ts";

/** Beyond this many violations or errors a message says "and N more": a message that long is read by nobody. */
const MAX_LISTED = 32;
/** etcd and Events cut long texts; 1 KiB for one message is more than a line of a terminal can show. */
const MAX_MESSAGE = 1_024;

/** `metav1.StatusCause`. */
interface StatusCause {
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
  /** Base64 of a JSON Patch; never without `patchType`, never empty, never from the validating webhook. */
  readonly patch?: string;
  readonly patchType?: "JSONPatch";
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
      return { ...common, allowed: true, ...patchMembers(decision) };
    case "deny":
      return { ...common, allowed: false, status: deniedStatus(decision) };
    case "error":
      return { ...common, allowed: false, status: failedStatus(decision) };
  }
}

/** The AdmissionReview that carries a response, as JSON text. */
export function encodeReview(response: AdmissionResponse): string {
  return JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response });
}

/** JSON in ASCII, so that base64 of its characters is base64 of its bytes. */
function patchMembers({ stage, patch }: Decision): Pick<AdmissionResponse, "patch" | "patchType"> {
  if (stage !== "mutate" || patch.length === 0) return {};
  const text = JSON.stringify(patch).replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return { patch: btoa(text), patchType: "JSONPatch" };
}

function deniedStatus(decision: Decision): NonNullable<AdmissionResponse["status"]> {
  const violations = decision.findings.filter(({ enforcement }) => enforcement === "deny");
  const lines = [
    ...listed(violations.map(({ policy, message }) => `${policy}: ${shorten(message)}`)),
    ...errorLines(decision.errors),
  ];
  const causes = violations.slice(0, MAX_LISTED).map(cause);
  return { code: 403, reason: "Forbidden", message: lines.join("\n"), details: { causes } };
}

/** Only the errors that keep the object out: to mend another would not help. */
function failedStatus(decision: Decision): NonNullable<AdmissionResponse["status"]> {
  const lines = errorLines(decision.errors.filter(({ blocks }) => blocks));
  return { code: 500, reason: "InternalError", message: lines.join("\n") };
}

/** `reason` carries the policy's id: `metav1.CauseType` is a free, machine-readable word. */
function cause({ policy, message, field }: Finding): StatusCause {
  return { reason: policy, message: shorten(message), ...(field === undefined ? {} : { field }) };
}

function errorLines(errors: readonly PolicyError[]): readonly string[] {
  return listed(
    errors.map(({ policy, error }) => `${policy} could not be evaluated: ${shorten(error.message)}`),
  );
}

function listed(lines: readonly string[]): readonly string[] {
  const more = lines.length - MAX_LISTED;
  return more > 0 ? [...lines.slice(0, MAX_LISTED), `and ${more} more`] : lines;
}

function shorten(message: string): string {
  const text = plainText(message);
  return text.length <= MAX_MESSAGE ? text : `${text.slice(0, MAX_MESSAGE)}…`.toWellFormed();
}

/**
 * For the API server's audit log; keys must be qualified names without a slash (reference: admission contract, 1B). It
 * drops a mutating webhook's annotation that says something else when the webhook is called again, with another uid and
 * for an object that is patched already.
 */
function auditAnnotations(decision: Decision): Readonly<Record<string, string>> {
  if (decision.stage === "mutate") return { "bundle-revision": decision.revision };
  const denying = decision.findings
    .filter(({ enforcement }) => enforcement === "deny")
    .map(({ policy }) => policy);
  return {
    "bundle-revision": decision.revision,
    "decision-id": decision.request.uid,
    ...(denying.length === 0 ? {} : { "denied-by": [...new Set(denying)].join(",") }),
  };
}
