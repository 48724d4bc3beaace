import { describe, expect, test } from "@jest/globals";
import { policyFolder, writeFiles, type Files } from "../../../test/policy-folder.ts";
import { runMutantsCommand as run } from "../../../test/run-mutants.ts";

const POLICY = `package shop.ports

import data.lib.list

# What is below a thousand belongs to root.
deny contains "low" if {
	some port in list.ports
	port < 1000
}
`;

const FILES: Files = {
  "shop/ports.rego": POLICY,
  "lib/list.rego": "package lib.list\n\nports := input.ports\n",
  "shop/ports_test.rego": `package shop.ports_test

import data.shop.ports

test_low if ports.deny == {"low"} with input as {"ports": [2000, 999]}

test_high[port] if {
	some port in [1000, 2000]
	ports.deny == set() with input as {"ports": [port]}
}
`,
};

test("policies whose every change is noticed by a test pass", async () => {
  const { stdout, exitCode } = await run(await policyFolder(FILES));
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^10 mutants: 9 killed, 1 invalid, 0 equivalent, 0 survived · /m);
  expect(stdout).toMatch(/^policies\/shop\/ports.rego +9 +8 +1 +0 +0$/m);
});

describe("a change that no test notices", () => {
  const weak = {
    ...FILES,
    "shop/ports_test.rego": FILES["shop/ports_test.rego"]?.replace("999", "99") ?? "",
  };

  test("is shown with its place, the difference and the entry that would list it", async () => {
    const { stdout, exitCode } = await run(await policyFolder(weak), { run: "^shop/" });
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`policies/shop/ports.rego:8:9: survived: change-constant in deny
--- policies/shop/ports.rego
+++ policies/shop/ports.rego\t(mutated)
@@ -5,5 +5,5 @@
 # What is below a thousand belongs to root.
 deny contains "low" if {
 	some port in list.ports
-	port < 1000
+	port < 999
 }
  fix: add a test that fails with this change, or list it in policies/equivalent-mutants.yaml with the reason why nobody can notice it:
    - file: shop/ports.rego
      rule: deny
      reason: …
      mutants:
        - { operator: change-constant, before: "1000", after: "999" }
`);
    expect(stdout).toMatch(/^9 mutants: 7 killed, 1 invalid, 0 equivalent, 1 survived · /m);
  });

  const listed = `- file: shop/ports.rego
  rule: deny
  reason: Nobody uses the port 999.
  mutants:
    - { operator: change-constant, before: "1000", after: "999" }
`;

  test("passes if it is listed as equivalent", async () => {
    const root = await policyFolder({ ...weak, "equivalent-mutants.yaml": listed });
    const { stdout, exitCode } = await run(root);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/1 equivalent, 0 survived/);
  });

  test("makes the list stale once a test notices it, and so does what is no mutant at all", async () => {
    const wrong = `    - { operator: change-constant, before: "1000", after: "1002" }\n`;
    const again = `    - { operator: change-constant, before: "1000", after: "999" }\n`;
    const root = await policyFolder({ ...FILES, "equivalent-mutants.yaml": listed + again + wrong });
    const { stdout, exitCode } = await run(root, { run: "change-constant" });
    expect(exitCode).toBe(1);
    expect(stdout).toContain(
      "policies/equivalent-mutants.yaml:5: stale: a test notices this mutant, so it is not equivalent",
    );
    expect(stdout).toContain("policies/equivalent-mutants.yaml:6: stale: this mutant is listed twice");
    expect(stdout).toContain(
      "policies/equivalent-mutants.yaml:7: stale: there is no such mutant of shop/ports.rego",
    );
    expect(await run(root, { run: "negate" })).toMatchObject({
      exitCode: 1,
      stdout: expect.not.stringContaining(":5:"),
    });
  });
});

test("the report as JSON has every number and every survivor", async () => {
  const root = await policyFolder({ "shop/ports.rego": POLICY.replace("list.ports", "input.ports") });
  const { stdout, exitCode } = await run(root, { output: "json", run: "flip" });
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    kind: "MutantReport",
    summary: { mutants: 2, killed: 0, endless: 0, invalid: 0, equivalent: 0, survived: 2 },
    policies: [{ file: "policies/shop/ports.rego", mutants: 2, survived: 2 }],
    survivors: [
      {
        listedFile: "shop/ports.rego",
        line: 8,
        column: 7,
        rule: "deny",
        before: "<",
        after: "<=",
        occurrence: 1,
      },
      { operator: "flip-operator", before: "<", after: ">", occurrence: 1 },
    ],
    stale: [],
  });
});

describe("nothing is changed", () => {
  test("while tests fail that can reach the policies", async () => {
    const root = await policyFolder({
      ...FILES,
      "shop/other_test.rego": "package shop.other_test\n\ntest_x if false\n",
    });
    expect((await run(root)).exitCode).toBe(0);
    await writeFiles(root, {
      "shop/more_test.rego": "package shop.more_test\n\ntest_x if data.shop.ports.none\n",
    });
    await expect(run(root)).rejects.toMatchObject({
      code: "TESTS_FAIL",
      message: "Before anything is changed, these tests fail: shop.more_test.test_x.",
    });
  });

  test("while a policy is no valid Rego", async () => {
    await expect(
      run(await policyFolder({ "shop/ports.rego": "package shop.ports\n\ndeny contains" })),
    ).rejects.toThrow("This is no valid Rego");
  });

  test("for a pattern that is none", async () => {
    await expect(run(await policyFolder(FILES), { run: "(" })).rejects.toMatchObject({ code: "USAGE" });
  });
});

test("each of several tests of one name has to hold", async () => {
  const twice = `package shop.ports_test

import data.shop.ports

test_low if ports.deny == {"low"} with input as {"ports": [2000, 999]}

test_low if ports.deny == set() with input as {"ports": [1000, 2000]}
`;
  const { stdout } = await run(await policyFolder({ ...FILES, "shop/ports_test.rego": twice }));
  expect(stdout).toMatch(/^10 mutants: 9 killed, 1 invalid, 0 equivalent, 0 survived · /m);
});

test("files of both dialects of Rego are changed side by side", async () => {
  const root = await policyFolder({
    "old/p.rego": 'package old.p\n\ndeny[msg] {\n  input.bad\n  msg = "bad"\n}\n',
    "old/p_test.rego":
      'package old.p_test\n\ntest_bad if data.old.p.deny == {"bad"} with input as {"bad": true}\n',
  });
  const { stdout, exitCode } = await run(root);
  expect(stdout).toContain("survived: drop-expression in deny");
  expect(exitCode).toBe(1);
});
