import { describe, expect, test } from "@jest/globals";
import { CATALOGUE, PortcullisError, type ErrorCode } from "../../src/error.ts";
import { ANSWERED, REJECTIONS, statusOf } from "../../src/server/status.ts";
import { codes, ENTRIES, entryOf } from "./error-entries.ts";

const CODES = codes(CATALOGUE);

test("the page has an entry for each code of the catalogue and for no other", () => {
  expect([...ENTRIES.keys()].toSorted()).toEqual(CODES.toSorted());
});

describe.each(CODES)("the entry of %s", (code) => {
  const entry = entryOf(code);

  test("begins with the sentence of the catalogue", () => {
    expect(entry.replaceAll(/\s+/g, " ").trim().startsWith(CATALOGUE[code])).toBe(true);
  });

  test("says how it comes about, what it looks like, what to do and where it shows", () => {
    const parts = [...entry.matchAll(/^(?:\*\*(.+)\.\*\*|```$)/gm)].map(([, title]) => title ?? "```");
    expect(parts).toEqual(["How it comes about", "```", "```", "What to do", "Where it shows"]);
  });
});

test.each(CODES.filter((code) => REJECTIONS.includes(code)))("%s names its reason in the metric", (code) => {
  expect(whereItShows(code)).toContain(`metric reason \`${code}\``);
});

test.each(CODES.filter((code) => ANSWERED.includes(code)))("%s names its HTTP status", (code) => {
  const { code: status } = statusOf(new PortcullisError(code, { message: "", remedy: "" }));
  expect(whereItShows(code)).toContain(`HTTP ${status}`);
});

function whereItShows(code: ErrorCode): string | undefined {
  return entryOf(code).split("**Where it shows.**")[1];
}

test("no other code claims an HTTP status", () => {
  const others: readonly ErrorCode[] = CODES.filter((code) => !ANSWERED.includes(code));
  expect(others.filter((code) => /HTTP \d/.test(entryOf(code)))).toEqual([]);
});
