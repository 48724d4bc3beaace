import { CATALOGUE, type ErrorCode } from "../../src/error.ts";
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

/** The keys of a table by code. */
export function codes(table: Readonly<Partial<Record<ErrorCode, string>>>): readonly ErrorCode[] {
  return Object.keys(table).filter(isCode);
}

function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(CATALOGUE, text);
}
