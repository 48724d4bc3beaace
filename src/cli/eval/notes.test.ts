import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { portcullis, type Ended } from "../../../test/docs/command.ts";

const POLICY = `# METADATA
# title: Memory
# custom:
#   input: object
#   match: { resources: [pods] }
package shop.memory

deny contains "too much" if {
	some container in input.spec.containers
	print("container", container.name, container.nope)
	units.parse(container.memory) > 5
}
`;
const POD = `apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  containers: [{ name: "a\\u001b[31m", memory: 9 }]
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "portcullis-eval-notes-"));
  await mkdir(path.join(folder, "policies", "shop"), { recursive: true });
  await writeFile(path.join(folder, "policies", "shop", "memory.rego"), POLICY);
  await writeFile(path.join(folder, "pod.yaml"), POD);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function evaluated(...args: readonly string[]): Promise<Ended> {
  return portcullis(folder, ["eval", "pod.yaml", ...args]);
}

describe("eval", () => {
  test("notes a builtin that failed, also on an object that is allowed, and shows on standard error what is printed", async () => {
    const { stdout, stderr, exitCode } = await evaluated();
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      "note: A builtin function failed in deny of shop/memory, so what depends on it is undefined: units.parse: operand 1 must be string but got number.",
    );
    expect(stderr).toMatch(/^print: pod\.yaml:1: shop\/memory deny: container a.*\[31m <undefined>$/m);
    expect(stderr).not.toContain("\u001B");
  });

  test("has the builtin that failed in its JSON", async () => {
    const report: unknown = JSON.parse((await evaluated("-o", "json")).stdout);
    expect(report).toHaveProperty("results", [
      expect.objectContaining({
        decision: "allow",
        builtinErrors: [
          {
            policy: "shop/memory",
            rule: "deny",
            builtin: "units.parse",
            message: "units.parse: operand 1 must be string but got number",
            count: 1,
          },
        ],
      }),
    ]);
  });
});
