import { existsSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { allPages, faultOf, linksOf, prose, type Page } from "./pages.ts";

const PAGES = await allPages();

/** What looks like a path of this repository; patterns such as `src/**` are none. */
const OWN_FOLDERS = /^(?:src|docs|test|policies|certs|manifests|bench)\/[\w./-]*$/;
/** Written by `make certs` and ignored by git. */
const MADE = ["certs/dev"];

function pathsIn(page: Page): readonly string[] {
  const code = [...prose(page).matchAll(/`([^`\n]+)`/g)].map(([, text = ""]) => text);
  return code.filter((text) => OWN_FOLDERS.test(text) && !MADE.some((made) => text.startsWith(made)));
}

test("every relative link leads to a file and, if it names one, to a heading", async () => {
  const faults = await Promise.all(
    PAGES.flatMap((page) => linksOf(page).map((link) => faultOf(link, page.file))),
  );
  expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  expect(faults.length).toBeGreaterThan(PAGES.length);
});

test("every path of this repository that a page names exists", () => {
  const named = PAGES.flatMap((page) => pathsIn(page).map((path) => ({ file: page.file, path })));
  expect(named.filter(({ path }) => !existsSync(path))).toEqual([]);
  expect(named).not.toHaveLength(0);
});

test("a link that leads nowhere is found", async () => {
  const links = [
    "no-such-page.md",
    "architecture.md#no-such-heading",
    "#no-such-heading",
    "errors.md#usage",
    "../src",
  ];
  const faults = await Promise.all(links.map((link) => faultOf(link, "docs/writing-policies.md")));
  expect(faults.map((fault) => fault !== undefined)).toEqual([true, true, true, false, false]);
});
