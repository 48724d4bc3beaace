import { beforeAll, describe, expect, test } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { cacheFolder } from "../../src/build/cache-folder.ts";
import { BUILTINS } from "../../src/engine/builtins/registry.ts";
import { testOpa } from "../policy-folder.ts";
import { readExclusions } from "./exclusions.ts";
import { ARCHIVE, obtainCases } from "./obtain-cases.ts";
import { conformancePage, type Verdicts } from "./page.ts";
import { reproduce } from "./reproduction.ts";
import { runCases } from "./run-cases.ts";
import { readCases } from "./test-case.ts";
import { judge } from "./verdict.ts";

const PAGE = "docs/conformance.md";

/** Thirty seconds on two idle cores. */
const LIMIT_MS = 600_000;

const { env, platform } = process;
// At the top level, where no limit of jest applies.
const obtained = await obtainCases({
  environment: env,
  cacheFolder: cacheFolder(env, platform, homedir()),
  archive: ARCHIVE,
  progress: say,
});
if ("failure" in obtained) say(`skipped: OPA's own cases: ${obtained.failure}`);
const cases = "folder" in obtained ? readCases(obtained.folder) : [];
const folders = [...new Set(cases.map(({ folder }) => folder))].toSorted();
const exclusions = readExclusions();

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}

(cases.length === 0 ? describe.skip : describe)("OPA's own cases", () => {
  let verdicts: Verdicts = new Map();

  beforeAll(async () => {
    const outcomes = await runCases(await testOpa(), cases);
    verdicts = new Map([...outcomes].map(([one, outcome]) => [one, judge(one, outcome, exclusions)]));
  }, LIMIT_MS);

  test.each(folders.length === 0 ? ["none"] : folders)("in the folder %s pass", (folder) => {
    const inFolder = [...verdicts].filter(([testCase]) => testCase.folder === folder);
    const failures = inFolder.flatMap(([{ id }, verdict]) =>
      verdict.kind === "failed" ? [`${id}: ${verdict.why}`] : [],
    );
    expect(failures).toEqual([]);
    expect(inFolder).toHaveLength(cases.filter((testCase) => testCase.folder === folder).length);
  });

  test("are counted in docs/conformance.md", () => {
    const page = conformancePage(verdicts, exclusions);
    if (env["UPDATE_TABLES"] === "true") writeFileSync(PAGE, page);
    expect(readFileSync(PAGE, "utf8")).toBe(page);
  });

  test("are excluded by names that exist", () => {
    const ids = new Set(cases.map(({ id }) => id));
    const unknown = exclusions.flatMap((exclusion) => exclusion.cases).filter((id) => !ids.has(id));
    expect(unknown).toEqual([]);
  });
});

describe("an exclusion", () => {
  test("names no builtin that the registry has", () => {
    const names = exclusions.flatMap(({ builtins }) => builtins);
    expect(names.filter((name) => BUILTINS.has(name))).toEqual([]);
  });

  const reproductions = exclusions.flatMap(({ reason, reproduction }) =>
    reproduction === undefined ? [] : [[reason, reproduction] as const],
  );
  test.each(reproductions)(
    "for a fault of OPA's WebAssembly is shown by its reproduction: %s",
    async (_, shown) => {
      expect(await reproduce(shown)).toEqual({ opa: shown.opa, wasm: shown.wasm });
    },
  );
});
