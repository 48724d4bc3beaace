// oxlint-disable jest/no-standalone-expect -- the rule does not see that `checked` is `describe` or `describe.skip`
/** Every shell script of the project, those inside of other files among them. */
import { describe, expect, test } from "@jest/globals";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { SANDBOX_SCRIPT } from "../image/sandbox.ts";
import { tell } from "../life/life.ts";
import { findingsIn, obtainShellCheck } from "./shellcheck.ts";

const SHEBANG = /^#!.*\b(?<shell>bash|sh)\b/;

interface Script {
  readonly name: string;
  readonly shell: "bash" | "sh";
  readonly text: string;
}

/** By their ending or their first line; those that git ignores are nobody's. */
async function scriptFiles(): Promise<readonly Script[]> {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const { stdout } = await promisify(execFile)("git", args);
  const found: Script[] = [];
  for (const name of stdout.split("\0").filter((file) => /(^|\/)[^.]+$|\.(sh|bash)$/.test(file))) {
    const text = await readFile(name, "utf8").catch(() => "");
    const shell = SHEBANG.exec(text)?.groups?.["shell"];
    if (shell === undefined && !name.endsWith(".sh")) continue;
    found.push({ name, shell: shell === "bash" ? "bash" : "sh", text });
  }
  return found;
}

const obtained = await obtainShellCheck(process.env);
if ("reason" in obtained) tell(`skipped: shell scripts: ${obtained.reason}`);
const program = "program" in obtained ? obtained.program : "";
const checked = "program" in obtained ? describe : describe.skip;
const scripts = [
  ...(await scriptFiles()),
  { name: "test/image/sandbox.ts", shell: "sh", text: SANDBOX_SCRIPT } as const,
];

checked("ShellCheck", () => {
  test.each(scripts)("finds nothing in $name", async ({ shell, text }) => {
    expect(await findingsIn(program, text, shell)).toBe("");
  });

  test("finds a variable without quotes", async () => {
    expect(await findingsIn(program, "rm -rf $1\n", "sh")).toContain("SC2086");
  });

  test("is shown every script that is known", () => {
    const names = scripts.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([".ci/run", "test/cluster/end-with-parent.sh"]));
  });
});
