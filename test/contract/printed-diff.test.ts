/** The differences that `eval` prints can be cut out and applied, and what comes out needs no other patch. */
import { expect, test } from "@jest/globals";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { portcullis } from "../docs/command.ts";
import { temporaryFolder, writeFiles } from "../policy-folder.ts";

const POLICY = `package p.mutates

patch contains {"op": "default", "path": "/metadata/labels/team", "value": "web"}

patch contains {"op": "default", "path": "/spec/priority", "value": 1}
`;

/** Objects of equal shape, so that a hunk without its place would fit the wrong one. */
function objects(names: readonly string[], lineBreak: string): string {
  const texts = names.map((name) =>
    [
      "apiVersion: v1",
      "kind: Pod",
      `metadata: {name: ${name}}`,
      "spec:",
      "  containers:",
      "\t".trim(),
      "    - name: web # it",
    ].join(lineBreak),
  );
  return texts.join(`${lineBreak}---${lineBreak}`) + lineBreak;
}

test.each([
  ["line feeds", "\n"],
  ["carriage returns", "\r\n"],
])("with %s, in files of several objects of equal shape", async (_name, lineBreak) => {
  const folder = await temporaryFolder();
  await writeFiles(folder, {
    "policies/p/mutates.rego": POLICY,
    "bindings.yaml": `apiVersion: policy.portcullis.dev/v1alpha1
kind: PolicyBinding
metadata: {name: pods}
spec: {policies: [p/mutates], match: {resources: [pods]}}
`,
    "m.yaml": objects(["a", "b", "c"], lineBreak),
    "one.json": '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{}}\n',
  });
  const args = ["eval", "--bindings", "bindings.yaml", "m.yaml", "one.json"];
  const { stdout } = await portcullis(folder, args);
  const lines = stdout.split("\n").filter((line) => /^ {2}(?:[-+ \\]|@@)/.test(line));
  await writeFiles(folder, { "all.diff": `${lines.map((line) => line.slice(2)).join("\n")}\n` });
  const run = promisify(execFile);
  await run("git", ["apply", "--whitespace=nowarn", "-p0", "all.diff"], { cwd: folder });
  expect((await readFile(path.join(folder, "m.yaml"), "utf8")).match(/team: web/g)).toHaveLength(3);
  const again = await portcullis(folder, args);
  expect(again.stdout).toMatch(/^4 objects: 4 allowed, 0 denied, 0 errors; 0 violations, 0 warnings ·/m);
});
