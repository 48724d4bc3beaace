import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CORE_SCHEMA, EVENT_MAPPING, loadAll, parseEvents } from "js-yaml";
import { z } from "zod";
import { PortcullisError } from "../../error.ts";
import { OPERATORS } from "./edit.ts";
import type { MutantIdentity } from "./mutant.ts";

/** Beside the packs: mutants that change nothing that anybody could notice. */
export const LIST = "equivalent-mutants.yaml";

/** What the mutants of one rule have in common. */
const Group = z.strictObject({
  file: z.string(),
  rule: z.string(),
  reason: z.string().min(1),
  mutants: z
    .array(
      z.strictObject({
        operator: z.enum(OPERATORS),
        before: z.string(),
        after: z.string(),
        occurrence: z.int().min(1).default(1),
      }),
    )
    .min(1),
});

/** A mutant of which somebody says that no test can notice it, and the line of its entry. */
export interface Equivalent extends MutantIdentity {
  readonly reason: string;
  readonly line: number;
}

/** The same text for the same mutant, whatever else is known of it. */
export function keyOf({ file, rule, operator, before, after, occurrence }: MutantIdentity): string {
  return JSON.stringify([file, rule, operator, before, after, occurrence]);
}

/** The list of a policy folder; empty if there is no file. Throws FILE_UNREADABLE, EQUIVALENTS_INVALID. */
export async function readEquivalents(root: string): Promise<readonly Equivalent[]> {
  const file = join(root, LIST);
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    if (typeof cause === "object" && cause !== null && Reflect.get(cause, "code") === "ENOENT") return "[]";
    throw new PortcullisError("FILE_UNREADABLE", {
      message: `${file} cannot be read: ${String(cause)}.`,
      remedy: "Make it readable.",
      position: { file },
      cause,
    });
  });
  return parseEquivalents(text, file);
}

/** `file` is named in errors. */
export function parseEquivalents(text: string, file: string): readonly Equivalent[] {
  const { success, data, error } = z.array(Group).safeParse(loaded(text, file));
  if (!success) throw unfit(error, file);
  // Groups and mutants are the only mappings of the file, a group comes before its mutants.
  const lines = mappingLines(text).values();
  const nextLine = (): number => lines.next().value ?? 1;
  return data.flatMap(({ mutants, ...group }) => {
    nextLine();
    return mutants.map((mutant) => ({ ...group, ...mutant, line: nextLine() }));
  });
}

function loaded(text: string, file: string): unknown {
  try {
    const [list] = loadAll(text, { schema: CORE_SCHEMA, filename: file });
    return list ?? [];
  } catch (cause) {
    throw invalid(cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause), file, cause);
  }
}

function mappingLines(text: string): readonly number[] {
  return parseEvents(text, {}).flatMap((event) =>
    event.type === EVENT_MAPPING ? [text.slice(0, event.start).split("\n").length] : [],
  );
}

function unfit({ issues: [issue] }: z.ZodError, file: string): PortcullisError {
  const where = issue?.path.map((part) => (typeof part === "number" ? part + 1 : part)).join(" ");
  return invalid(`${where === undefined || where === "" ? "" : `${where}: `}${issue?.message ?? ""}`, file);
}

function invalid(why: string, file: string, cause?: unknown): PortcullisError {
  return new PortcullisError("EQUIVALENTS_INVALID", {
    message: `The list of equivalent mutants cannot be read: ${why.replace(/\.$/, "")}.`,
    remedy:
      "Correct it: each entry has file, rule, reason and mutants, as the report of a survivor gives them.",
    position: { file },
    cause,
  });
}
