import { FINDINGS, type FindingId } from "./catalogue.ts";
import type { CheckName, Level } from "./checks.ts";

/** One thing that is not as it should be. The texts may hold anything that a cluster holds: print them escaped. */
export interface Finding {
  readonly check: CheckName;
  /** `not-checked` at the level `unknown`, of every check. */
  readonly id: FindingId | "not-checked";
  readonly level: Level;
  /** What is wrong and where. */
  readonly message: string;
  /** What the message counts, one by one. */
  readonly items?: readonly string[];
  readonly why: string;
  /** What to do. */
  readonly fix: string;
  /** One that helps, ready to be run in a shell. */
  readonly command?: string;
  /** The id of what this follows from: who mends that may find this gone. */
  readonly follows?: FindingId;
}

/** What a check says besides the catalogue. */
export type FindingTexts = Pick<Finding, "message" | "items" | "fix" | "command">;

export function finding(id: FindingId, texts: FindingTexts): Finding {
  const { check, level, why } = FINDINGS[id];
  return { check, id, level, why, ...texts };
}

/** The same where a look told why; absence where an object must be counts as no look. */
export function lookFailed(
  check: CheckName,
  what: string,
  seen: { readonly kind: "absent" } | { readonly kind: "unseen"; readonly reason: string },
): Finding {
  return notChecked(check, what, seen.kind === "unseen" ? seen.reason : "the cluster does not have it.");
}

/** A check that could not be made, which is never taken for one that found nothing. `what` is what could not be seen. */
export function notChecked(check: CheckName, what: string, reason: string): Finding {
  return {
    check,
    id: "not-checked",
    level: "unknown",
    message: `${what} could not be looked at: ${reason}`,
    why: "What was not looked at may be broken.",
    fix: "Run the command again with what is missing.",
  };
}

/** A word of a shell command: names come from a cluster, and somebody will paste them. */
export function shellWord(text: string): string {
  return /^[\w.,:/=@+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
