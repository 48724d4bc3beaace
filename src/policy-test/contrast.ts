import { structuredPatch } from "diff";
import type { Contrast } from "./test-result.ts";

/** Lines around a difference that are shown with it. */
const CONTEXT = 3;

/** With more differences the time grows too fast to look for the least of them. */
const MAX_EDITS = 2_000;

/** Sets two texts for people side by side. The difference has no lines for files, and none if the texts are equal. */
export function contrastOf(expected: string, actual: string): Contrast {
  const patch = structuredPatch("", "", `${expected}\n`, `${actual}\n`, "", "", {
    context: CONTEXT,
    maxEditLength: MAX_EDITS,
  });
  return { expected, actual, difference: patch === undefined ? whole(expected, actual) : hunks(patch) };
}

function hunks({ hunks: found }: NonNullable<ReturnType<typeof structuredPatch>>): string {
  const lines = found.flatMap((hunk) => [...(found.length > 1 ? [range(hunk)] : []), ...hunk.lines]);
  return lines.join("\n");
}

function range(hunk: { readonly oldStart: number; readonly newStart: number }): string {
  return `@@ -${hunk.oldStart} +${hunk.newStart} @@`;
}

function whole(expected: string, actual: string): string {
  return [
    ...expected.split("\n").map((line) => `-${line}`),
    ...actual.split("\n").map((line) => `+${line}`),
  ].join("\n");
}
