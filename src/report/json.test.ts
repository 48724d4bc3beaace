import { expect, test } from "@jest/globals";
import { RegoNumber, RegoObject } from "../engine/value.ts";
import { json } from "./json.ts";
import { EvalReport } from "./report.ts";

const REPORT: EvalReport = {
  apiVersion: "policy.portcullis.dev/v1alpha1",
  kind: "EvalReport",
  stage: "both",
  bundle: { revision: "sha256:00", policies: 1 },
  summary: { objects: 1, allowed: 0, denied: 1, errors: 0, violations: 1, warnings: 0, mutated: 0 },
  results: [
    {
      source: { file: "-", document: 1, line: 1 },
      object: { apiVersion: "v1", kind: "Pod", name: "web" },
      operation: "CREATE",
      decision: "deny",
      message: "no\u009b",
      warnings: [],
      findings: [
        {
          policy: "a/b",
          rule: "deny",
          enforcement: "deny",
          severity: "high",
          message: "no\u001b",
          source: { file: "-", line: 3, column: 5 },
          details: new RegoObject([["size", new RegoNumber("12345678901234567890")]]),
        },
      ],
      errors: [],
      mutations: [],
      patch: [{ op: "add", path: "/spec/size", value: new RegoNumber("12345678901234567890") }],
      notes: [],
    },
  ],
  problems: [],
};

test("numbers in details and patches keep every digit and the text is indented by two", () => {
  expect(json(REPORT)).toContain(
    '          "details": {\n            "size": 12345678901234567890\n          }',
  );
  expect(json(REPORT)).toContain('"value": 12345678901234567890\n');
});

test("what is printed reads back as a report of the published schema, and ends with one line feed", () => {
  const text = json(REPORT);
  expect(EvalReport.safeParse(JSON.parse(text)).success).toBe(true);
  expect(text).toMatch(/[^\n]\n$/);
});

test("control characters are escaped and still the same value", () => {
  expect(json(REPORT)).toContain(String.raw`"message": "no\u009b"`);
  expect(JSON.parse(json(REPORT))).toMatchObject({ results: [{ message: "no\u009b" }] });
});
