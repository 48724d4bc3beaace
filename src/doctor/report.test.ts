import { expect, test } from "@jest/globals";
import { finding, notChecked } from "./finding.ts";
import { doctorJson, doctorReport, doctorText, summaryOf } from "./report.ts";

const PLACE = { server: "https://x", service: "a/b:1" };
const REPORT = doctorReport(PLACE, [
  finding("webhooks-missing", {
    message: "There is no \u001b[2Jx\u202e.",
    fix: "Install it.",
    command: "kubectl get x",
  }),
  finding("policy-unasked", { message: "A note.", fix: "Look." }),
  notChecked("certificate", "The Secret", "you may not."),
]);

test("each finding says what, why it matters, what to do, and what to run", () => {
  expect(doctorText(REPORT, false)).toContain(
    [
      "✗ webhooks",
      "  ✗ There is no \\u001b[2Jx\\u202e. [webhooks-missing]",
      "      why: The API server asks Portcullis about nothing of it, so no such policy is enforced.",
      "      fix: Install it.",
      "      run: kubectl get x",
      "  ! A note. [policy-unasked]",
    ].join("\n"),
  );
  expect(doctorText(REPORT, false)).toMatch(/\n1 problem, 1 warning, 1 not checked\n$/);
});

test("what a finding counts is listed one a line, and no more than ten", () => {
  const items = Array.from({ length: 12 }, (_, index) => `get x${index}\u001b`);
  const report = doctorReport(PLACE, [
    finding("permission-missing", { message: "It lacks 12.", items, fix: "Grant them." }),
  ]);
  const lines = doctorText(report, false)
    .split("\n")
    .filter((line) => line.startsWith("      - "));
  expect(lines).toHaveLength(11);
  expect([lines[0], lines[10]]).toEqual([
    "      - get x0\\u001b",
    "      - and 2 more, which --output json lists",
  ]);
  expect(doctorJson(report)).toContain("get x11");
});

test("nothing of a cluster acts on the terminal, in either format", () => {
  for (const text of [doctorText(REPORT, false), doctorJson(REPORT)])
    expect([text.includes("\u001b"), text.includes("\u202e")]).toEqual([false, false]);
});

test("the worst finding of a check is its status, and a check without any is ok", () => {
  const status = new Map(REPORT.checks.map((check) => [check.name, check.status]));
  expect([status.get("webhooks"), status.get("certificate"), status.get("leader")]).toEqual([
    "problem",
    "unknown",
    "ok",
  ]);
  expect(summaryOf(REPORT)).toEqual({ ok: 11, warning: 1, unknown: 1, problem: 1 });
});

test("a report without findings says healthy", () => {
  expect(doctorText(doctorReport(PLACE, []), false)).toMatch(/\nhealthy\n$/);
});

test("programs get the same as one JSON document", () => {
  const read: unknown = JSON.parse(doctorJson(REPORT));
  expect(read).toMatchObject({
    apiVersion: "policy.portcullis.dev/v1alpha1",
    kind: "DoctorReport",
    ...PLACE,
    summary: { problem: 1 },
  });
});
