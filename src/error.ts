/**
 * Every error that Portcullis shows to a person: a stable code, what it means and what to do.
 * `docs/errors.md` has an entry for each; a test compares the two both ways. Retired codes are never used again.
 */
export const CATALOGUE = {
  USAGE: "The command line could not be understood.",
  FILE_UNREADABLE: "A file or folder could not be read.",
  FILE_UNWRITABLE: "A file could not be written.",
  INPUT_EMPTY: "Nothing that was named holds an object to judge.",
  FOLDER_EMPTY: "A folder that was named holds no manifest.",
  MANIFEST_TOO_LARGE: "A manifest file is larger than Portcullis reads.",
  MANIFEST_INVALID: "A file is neither valid YAML nor valid JSON.",
  MANIFEST_NOT_OBJECT: "A document in a file is not a Kubernetes object.",
  MANIFEST_WITHOUT_KIND: "An object lacks `apiVersion` or `kind`.",
  MANIFEST_TEMPLATE: "A file still holds template expressions.",
  MANIFEST_ALIAS_BOMB: "The aliases of a YAML file expand to more values than Portcullis accepts.",
  MANIFEST_TOO_DEEP: "A document is nested deeper than Portcullis accepts.",
  REVIEW_INVALID: "The body is not an AdmissionReview of admission.k8s.io/v1.",
  REVIEW_TOO_LARGE: "The body is larger than any AdmissionReview can be.",
  REVIEW_MEDIA_TYPE: "The body is not declared as uncompressed JSON.",
  REVIEW_TOO_DEEP: "The body is nested deeper than the API server accepts.",
  ROUTE_UNKNOWN: "The server has no such path.",
  METHOD_NOT_ALLOWED: "The path does not take this HTTP method.",
  HTTP_INVALID: "The bytes that arrived are not an HTTP request that the server takes.",
  TLS_FAILED: "A client and the server could not agree on a TLS connection.",
  CLIENT_FORBIDDEN: "The client may not ask for decisions.",
  REQUEST_ABORTED: "The client went away before it had sent its request.",
  NOT_READY: "The server cannot answer yet, or no longer.",
  OVERLOADED: "The server has more requests than it can take.",
  CONNECTION_LIMIT: "The server has more connections than it takes.",
  REVIEW_TIMEOUT: "The time of a request was over before it could be decided.",
  INTERNAL: "Portcullis itself failed.",
  THREAD_FAILED: "A worker thread ended by itself.",
  PORT_TAKEN: "A port that the server needs is in use.",
  PORT_UNUSABLE: "A port that the server needs cannot be opened.",
  CERTIFICATE_UNREADABLE: "The certificate or the key of the server could not be used.",
  CERTIFICATE_DAMAGED: "The Secret with the certificates of Portcullis is not as it should be.",
  AUTHORITY_UNTRUSTED: "A webhook is not told to trust an authority of Portcullis that is to sign.",
  BUNDLE_UNREADABLE: "The bundle is missing or damaged.",
  BUNDLE_FOREIGN: "The bundle was not made by `portcullis build`.",
  WASM_INVALID: "The WebAssembly module of the bundle could not be loaded.",
  ENTRYPOINT_MISSING: "The WebAssembly module lacks a rule that the bundle names.",
  EVALUATION_FAILED: "A policy could not be evaluated.",
  EVALUATION_LIMIT: "A builtin function would compute more than it may.",
  EVALUATION_MEMORY: "A policy needed more memory than it may have.",
  EVALUATION_TIMEOUT: "A policy ran longer than it may.",
  EVALUATION_SKIPPED: "A policy was not evaluated, because the time of the request was over.",
  RESULT_SHAPE: "A rule gave a value that is no violation, or no patch object.",
  PATCH_INVALID: "The patches of a policy do not fit the object.",
  PATCH_CONFLICT: "The patches of policies undo each other, or never come to an end.",
  NAMESPACE_UNKNOWN: "A selector asks for the labels of a namespace that is not known.",
  BINDING_INVALID: "A binding file holds something that is no valid PolicyBinding or Exclusions.",
  BINDING_UNKNOWN_POLICY: "A binding names a policy that is not in the bundle.",
  BINDING_DUPLICATE: "Two bindings have the same name.",
  PARAMETERS_INVALID: "The parameters of a binding do not fit the policy's schema.",
  FIXTURE_INVALID: "Something among the fixtures of a policy cannot be judged.",
  POLICIES_MISSING: "The policy folder is missing or holds no policy.",
  REGO_INVALID: "OPA could not parse or compile a policy.",
  DATA_INVALID: "A data file of the policies cannot be loaded.",
  METADATA_INVALID: "The METADATA of a policy is missing something or holds something unknown.",
  EVERY_VARIABLE: "A variable of `every` is not declared, and OPA would compile it to something else.",
  RULE_SHAPE: "A rule is not a set.",
  RULE_IGNORED: "A rule would never be evaluated.",
  RULES_MISSING: "A package defines none of the rules that Portcullis evaluates.",
  BUILTIN_MISSING: "A policy calls a builtin function that the engine does not have.",
  POLICY_DUPLICATE: "Two policies have the same id, or one package is in two packs.",
  POLICY_NAME: "A file or folder has a name that cannot be part of a policy's id.",
  CONTRACT_UNCLEAR: "It cannot be told which input a policy expects.",
  OPA_MISSING: "OPA of the pinned version could not be found or obtained.",
  OPA_CHECKSUM: "The downloaded OPA does not have the published checksum.",
  OPA_FAILED: "OPA ended in an unexpected way.",
  TESTS_MISSING: "There is no test to run.",
  TESTS_FAIL: "Tests fail before anything is changed, so that they cannot judge a mutant.",
  EQUIVALENTS_INVALID: "The list of equivalent mutants holds something that is no entry.",
  WEBHOOKS_EMPTY: "No policy that was loaded wants a webhook.",
  KUBECONFIG_INVALID: "The kubeconfig does not say how to reach a cluster.",
  CLUSTER_UNREACHABLE: "The API server could not be reached, or did not answer in time.",
  CLUSTER_TOO_OLD: "The API server is older than Portcullis supports.",
  CLUSTER_FORBIDDEN: "The API server does not permit what a command needs.",
  CLUSTER_REFUSED: "The API server refused a request.",
  WEBHOOKS_CONFLICT: "Somebody else has set fields of the webhook configurations.",
  WEBHOOK_UNREACHABLE: "The API server could not be shown to get answers from Portcullis.",
  UNINSTALL_INCOMPLETE: "Something of Portcullis could not be removed from a cluster.",
} as const;

export type ErrorCode = keyof typeof CATALOGUE;

/** A place in a file that a person can open: line and column count from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** What an error needs besides its code. */
export interface ErrorDetails {
  /** What happened and why, one or two sentences. */
  readonly message: string;
  /** What to do next, one sentence. */
  readonly remedy: string;
  readonly position?: SourcePosition;
  readonly cause?: unknown;
}

/** The one error class that crosses folders. Anything else that is thrown is a fault of Portcullis. */
export class PortcullisError extends Error {
  override readonly name = "PortcullisError";
  readonly code: ErrorCode;
  readonly remedy: string;
  readonly position: SourcePosition | undefined;

  constructor(code: ErrorCode, details: ErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.remedy = details.remedy;
    this.position = details.position;
  }
}
