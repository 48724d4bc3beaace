import type { ErrorCode } from "../../src/error.ts";
import { page } from "./pages.ts";

/** The entries of `docs/errors.md`: what stands below each heading `### CODE`. */
export const ENTRIES: ReadonlyMap<string, string> = new Map(
  (await page("docs/errors.md")).text
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const end = section.indexOf("\n");
      return [section.slice(0, end), section.slice(end).split(/^## /m)[0] ?? ""];
    }),
);

export function entryOf(code: ErrorCode): string {
  return ENTRIES.get(code) ?? "";
}

export function codes(catalogue: Readonly<Record<ErrorCode, string>>): readonly ErrorCode[] {
  // The keys of the catalogue are the codes.
  return Object.keys(catalogue) as ErrorCode[];
}
