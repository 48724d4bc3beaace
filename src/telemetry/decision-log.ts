import type { Decision, Exclusion, PolicyError } from "../admission/decision.ts";
import type { Finding } from "../admission/outcome.ts";
import type { Mutation } from "../admission/patch/mutation.ts";
import { resourceName } from "../admission/request.ts";
import { jsonBytes, jsonLines, MAX_LINE_BYTES, shorten } from "./json-lines.ts";

/** Bytes for each list of the line; an eighth of it stays for the fields that describe the request. */
const MAX_FINDINGS_BYTES = MAX_LINE_BYTES / 2;
const MAX_ERRORS_BYTES = MAX_LINE_BYTES / 8;
const MAX_MUTATIONS_BYTES = MAX_LINE_BYTES / 8;
const MAX_BUILTIN_ERRORS_BYTES = MAX_LINE_BYTES / 8;

/** What ends a line of pino. */
const LINE_END = "}\n";

/**
 * Gives the line of the decision log for a decision: one JSON object below 16 KiB, whatever a review holds, without its
 * end, which `endLine` adds. Lines hold names, never bodies. Level `error` for a decision of kind `error`, else `info`.
 */
export function createDecisionLines(): (decision: Decision) => string {
  let written = "";
  const log = jsonLines({ write: (line) => void (written = line) });
  return (decision) => {
    const fields = decisionFields(decision);
    if (decision.kind === "error") log.error(fields, "decision");
    else log.info(fields, "decision");
    return written.slice(0, -LINE_END.length);
  };
}

/** The whole line; `duration_ms` has microseconds. */
export function endLine(line: string, seconds: number): string {
  return `${line},"duration_ms":${Math.round(seconds * 1e6) / 1e3}${LINE_END}`;
}

/** The fields of a line; members that do not apply are left out. */
function decisionFields(decision: Decision): object {
  const { request, stage, kind, revision, exclusion } = decision;
  const show = isSecret(request) ? () => undefined : shorten;
  const findings = fitting(decision.findings, MAX_FINDINGS_BYTES, (finding) => findingEntry(finding, show));
  const errors = fitting(decision.errors, MAX_ERRORS_BYTES, (error) => errorEntry(error, show));
  return {
    uid: shorten(request.uid),
    webhook: stage,
    operation: request.operation,
    kind: shorten(request.kind.kind),
    resource: shorten(resourceName(request)),
    namespace: request.namespace === "" ? undefined : shorten(request.namespace),
    name: shorten(request.name),
    user: shorten(request.userInfo.username),
    decision: kind,
    dry_run: request.dryRun,
    revision: shorten(revision),
    exclusion: exclusion === undefined ? undefined : shortExclusion(exclusion),
    findings: findings.kept,
    findings_left_out: findings.leftOut,
    errors: errors.kept,
    errors_left_out: errors.leftOut,
    ...builtinErrorFields(decision),
    ...(stage === "validate" ? {} : mutationFields(decision)),
  };
}

/** Messages have types and no values, so they may be told of a Secret too. */
function builtinErrorFields({ notes }: Decision): object {
  if (notes === undefined || notes.builtinErrors.length === 0) return {};
  const { kept, leftOut = 0 } = fitting(
    notes.builtinErrors,
    MAX_BUILTIN_ERRORS_BYTES,
    ({ policy, rule, builtin, message, count }) => ({
      policy,
      rule,
      builtin,
      message: shorten(message),
      count,
    }),
  );
  const more = leftOut + notes.moreBuiltinErrors;
  return { builtin_errors: kept, builtin_errors_left_out: more === 0 ? undefined : more };
}

/** Who changed the object or would have; `errors` has who failed. */
function mutationFields({ mutations, patch, unpatchable }: Decision): object {
  const changes = mutations.filter(({ kind: result }) => result !== "unchanged" && result !== "error");
  const { kept, leftOut } = fitting(changes, MAX_MUTATIONS_BYTES, mutationEntry);
  return { mutations: kept, mutations_left_out: leftOut, patch_operations: patch.length, unpatchable };
}

/** What a patch writes may be a secret: only who wrote is told. */
function mutationEntry({ policy, binding, kind: result }: Mutation): object {
  return { policy, binding, result };
}

type Show = (message: string) => string | undefined;

function findingEntry({ policy, enforcement, existing, field, message }: Finding, show: Show): object {
  const place = field === undefined ? undefined : shorten(field);
  return { policy, enforcement, existing, field: place, message: show(message) };
}

function errorEntry({ policy, error, blocks }: PolicyError, show: Show): object {
  return { policy, code: error.code, blocks, message: show(error.message) };
}

/** A policy's message may quote the object, and what a Secret holds must not reach a log. */
export function isSecret({ resource }: Decision["request"]): boolean {
  return resource.group === "" && resource.resource === "secrets";
}

function shortExclusion(exclusion: Exclusion): Exclusion {
  switch (exclusion.kind) {
    case "namespace":
      return {
        ...exclusion,
        namespace: shorten(exclusion.namespace),
        pattern: shorten(exclusion.pattern),
      };
    case "namespace-label":
      return { ...exclusion, namespace: shorten(exclusion.namespace), label: shorten(exclusion.label) };
    case "user":
      return { ...exclusion, user: shorten(exclusion.user) };
  }
}

interface Fitting {
  readonly kept: readonly object[];
  /** How many there were beyond; undefined for none. */
  readonly leftOut: number | undefined;
}

/** The first entries that fit into so many bytes of JSON; the others are not even made. */
function fitting<Item>(items: readonly Item[], maxBytes: number, entryOf: (item: Item) => object): Fitting {
  const kept: object[] = [];
  let bytes = jsonBytes([]);
  for (const item of items) {
    const entry = entryOf(item);
    bytes += jsonBytes(entry) + ",".length;
    if (bytes > maxBytes) return { kept, leftOut: items.length - kept.length };
    kept.push(entry);
  }
  return { kept, leftOut: undefined };
}
