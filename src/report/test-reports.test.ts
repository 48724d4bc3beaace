import { readFile } from "node:fs/promises";
import { describe, expect, test } from "@jest/globals";
import { testJson } from "./test-json.ts";
import { testJunit } from "./test-junit.ts";
import { testPretty } from "./test-pretty.ts";
import { TestReport } from "./test-report.ts";
import { testReportSchema } from "./test-schema.ts";

const FILE = "policies/shop/size_test.rego";

const REPORT: TestReport = {
  apiVersion: "policy.portcullis.dev/v1alpha1",
  kind: "TestReport",
  summary: { tests: 4, passed: 1, failed: 1, errors: 1, skipped: 1, differences: 1, seconds: 1.5 },
  results: [
    { name: "shop/size: test_a", kind: "rego", outcome: "passed", source: at(1), seconds: 0.25 },
    {
      name: 'shop/size: test_b["<&>"]',
      kind: "rego",
      outcome: "failed",
      source: at(2),
      seconds: 0.5,
      failures: [
        {
          message: "This does not hold: a == b\na is 1",
          source: { file: FILE, line: 2, column: 6 },
          expected: "2",
          actual: "1",
          difference: "-2\n+1",
          remedy: "Correct it.",
        },
      ],
      printed: ["seen \u001b[31m<b>"],
    },
    {
      name: "shop/size/bad/pod.yaml",
      kind: "fixture",
      outcome: "error",
      source: at(1),
      seconds: 0,
      error: { code: "FIXTURE_INVALID", message: "No.", source: at(1), remedy: "Do." },
    },
    {
      name: "labels/required: todo_test_c",
      kind: "rego",
      outcome: "skipped",
      source: at(3),
      seconds: 0,
      reason: "todo",
    },
  ],
  differences: [{ name: "shop/size: test_a", source: at(1), outcome: "passed", opa: "failed" }],
  coverage: {
    rules: 3,
    reached: 2,
    percent: 66.6,
    policies: [
      {
        policy: "shop/size",
        rules: 3,
        reached: 2,
        percent: 66.6,
        missed: [{ name: "deny", file: "policies/shop/size.rego", line: 7 }],
      },
    ],
  },
};

function at(line: number): TestReport["results"][number]["source"] {
  return { file: FILE, line, column: 1 };
}

describe("pretty", () => {
  const sources = new Map([[FILE, "test_a if true\ntest_b if a == b\n"]]);
  const text = testPretty(REPORT, { sources, color: false });

  test("shows what did not pass with its place, its lines and the difference, and counts the rest", () => {
    expect(text.split("\n")).toEqual([
      '✗ failed shop/size: test_b["<&>"]',
      "",
      `  ${FILE}:2:6`,
      "      1 | test_a if true",
      "    > 2 | test_b if a == b",
      "        |      ^",
      "      3 |",
      "  This does not hold: a == b",
      "  a is 1",
      "    - expected",
      "    + actual",
      "    -2",
      "    +1",
      "  fix: Correct it.",
      "",
      "  print: seen \\u001b[31m<b>",
      "",
      "? error FIXTURE_INVALID shop/size/bad/pod.yaml",
      "",
      `  ${FILE}:1:1`,
      "    > 1 | test_a if true",
      "        | ^^^^^^",
      "      2 | test_b if a == b",
      "  No.",
      "  fix: Do.",
      "",
      `≠ differs shop/size: test_a: passed here, failed with opa test  ${FILE}:1`,
      "",
      "rules that tests reach",
      "   66.6 %  shop/size  2 of 3",
      "           policies/shop/size.rego:7  deny",
      "   66.6 %  all        2 of 3",
      "",
      "4 tests: 1 passed, 1 failed, 1 error, 1 skipped, 1 differs from opa test · 1.50 s",
      "",
    ]);
  });

  test("has no colours unless they are wanted", () => {
    expect(text).not.toContain("\u001b");
    expect(testPretty(REPORT, { sources, color: true })).toContain("\u001b[31m✗ failed\u001b[0m");
  });
});

describe("junit", () => {
  const xml = testJunit(REPORT);

  test("has a suite for each policy, with fixtures and Rego together, and one for what OPA says", () => {
    expect([...xml.matchAll(/<testsuite name="([^"]*)" tests="(\d)"/g)].map(([, ...suite]) => suite)).toEqual(
      [
        ["shop/size", "3"],
        ["labels/required", "1"],
        ["compared with opa test", "1"],
      ],
    );
    expect(xml).toContain(
      '<testsuites name="portcullis test" tests="5" failures="2" errors="1" skipped="1" time="1.500">',
    );
  });

  test("escapes what XML cannot hold", () => {
    expect(xml).toContain('name="test_b[&quot;&lt;&amp;&gt;&quot;]"');
    expect(xml).toContain("<system-out>seen \\u001b[31m&lt;b&gt;</system-out>");
    // oxlint-disable-next-line no-control-regex -- the characters that XML 1.0 forbids
    expect(xml).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
  });

  test("has place, message, difference and remedy of a failure, code and message of an error", () => {
    expect(xml).toContain(
      `<failure message="This does not hold: a == b">${FILE}:2:6\nThis does not hold: a == b\na is 1\n--- expected\n+++ actual\n-2\n+1\nfix: Correct it.</failure>`,
    );
    expect(xml).toContain('<error type="FIXTURE_INVALID" message="No.">');
    expect(xml).toContain('<skipped message="todo"/>');
  });
});

test("json is the report, and cannot act on a terminal", () => {
  const text = testJson(REPORT);
  expect(TestReport.parse(JSON.parse(text))).toEqual(REPORT);
  expect(text).not.toContain("\u001b");
});

test("the schema in the documentation is that of the report", async () => {
  const page: unknown = JSON.parse(await readFile("docs/reference/test-report.schema.json", "utf8"));
  expect(page).toEqual(JSON.parse(JSON.stringify(testReportSchema())));
});
