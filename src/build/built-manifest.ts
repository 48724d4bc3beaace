import { z } from "zod";
import type { Policy } from "../policy/policy.ts";

/** What an author should know about a file of policies; `file` is relative to the policy root. */
const Note = z.object({ file: z.string(), text: z.string() });
export type Note = z.infer<typeof Note>;

/** The notes lie in the bundle, so that one from the cache gives the same as one that was just compiled. */
const WithNotes = z.object({ metadata: z.object({ portcullis: z.object({ notes: z.array(Note) }) }) });

/** What a build adds to the `.manifest` of a bundle under `metadata`. */
export function manifestMetadata(
  policies: readonly Policy[],
  notes: readonly Note[],
): Readonly<Record<string, unknown>> {
  return { portcullis: { version: 1, policies, notes } };
}

/** The notes in the JSON of a `.manifest`; undefined if it has none, as in a bundle of an older version. */
export function notesIn(manifest: unknown): readonly Note[] | undefined {
  return WithNotes.safeParse(manifest).data?.metadata.portcullis.notes;
}
