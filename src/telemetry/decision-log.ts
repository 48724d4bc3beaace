import { pino, type DestinationStream, type Logger } from "pino";
import type { Decision } from "../admission/decision.ts";
import { resourceName } from "../admission/request.ts";
import type { PortcullisError } from "../error.ts";

/** A log line must stay below the 16 KiB at which container runtimes split lines (CRI log format). */
const MAX_FINDINGS = 16;
const MAX_MESSAGE = 256;

/** Writes one line of JSON for each decision. */
export type DecisionLog = (decision: Decision, seconds: number) => void;

/**
 * A decision log on `destination`, one JSON object a line. Lines hold names, never bodies. Level `error` for a
 * decision of kind `error`, else `info`.
 */
export function decisionLog(destination: DestinationStream): DecisionLog {
  const log = jsonLines(destination);
  return (decision, seconds) => {
    const line = decisionLine(decision, seconds);
    if (decision.kind === "error") log.error(line, "decision");
    else log.info(line, "decision");
  };
}

/** Writes one line of JSON for each request that never became a decision; a fault of Portcullis with its cause. */
export function rejectionLog(destination: DestinationStream): (error: PortcullisError) => void {
  const log = jsonLines(destination);
  return (error) => {
    const line = { code: error.code, reason: shorten(error.message) };
    if (error.code === "INTERNAL") log.error({ ...line, err: error.cause }, "rejected");
    else log.warn(line, "rejected");
  };
}

function jsonLines(destination: DestinationStream): Logger {
  const formatters = { level: (level: string) => ({ level }) };
  return pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters }, destination);
}

/** The fields of a line. `duration_ms` has microseconds; members that do not apply are left out. */
function decisionLine(decision: Decision, seconds: number): object {
  const { request, stage, kind, revision, exclusion, findings, errors } = decision;
  const secret = isSecret(request);
  const shown = findings.slice(0, MAX_FINDINGS);
  return {
    uid: request.uid,
    webhook: stage,
    operation: request.operation,
    kind: request.kind.kind,
    resource: resourceName(request),
    namespace: request.namespace === "" ? undefined : request.namespace,
    name: request.name,
    user: request.userInfo.username,
    decision: kind,
    dry_run: request.dryRun,
    revision,
    duration_ms: Math.round(seconds * 1e6) / 1e3,
    exclusion,
    findings: shown.map(({ policy, enforcement, field, message }) => ({
      policy,
      enforcement,
      field: shorten(field),
      message: secret ? undefined : shorten(message),
    })),
    findings_left_out: findings.length > shown.length ? findings.length - shown.length : undefined,
    errors: errors.slice(0, MAX_FINDINGS).map(({ policy, error, blocks }) => ({
      policy,
      code: error.code,
      blocks,
      message: secret ? undefined : shorten(error.message),
    })),
  };
}

/** A policy's message may quote the object, and what a Secret holds must not reach a log. */
function isSecret({ resource }: Decision["request"]): boolean {
  return resource.group === "" && resource.resource === "secrets";
}

function shorten(text: string | undefined): string | undefined {
  return text === undefined || text.length <= MAX_MESSAGE
    ? text
    : `${text.slice(0, MAX_MESSAGE)}…`.toWellFormed();
}
