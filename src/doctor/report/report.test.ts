import { expect, test } from "@jest/globals";
import { explained } from "./causes.ts";
import { finding, notChecked } from "../findings/finding.ts";
import { doctorJson, doctorReport } from "./report.ts";
import { doctorShortText, doctorText } from "./text.ts";

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
  expect(REPORT.summary).toEqual({
    ok: 11,
    warning: 1,
    unknown: 1,
    problem: 1,
    following: 0,
    first: "webhooks-missing",
    firstCheck: "webhooks",
  });
});

test("a report without findings says healthy, at its begin and at its end; the short one says nothing", () => {
  const healthy = doctorReport(PLACE, []);
  expect(doctorText(healthy, false)).toMatch(
    /^Portcullis a\/b:1 at https:\/\/x\n✓ healthy\n[^]*\nhealthy\n$/,
  );
  expect(doctorShortText(healthy, false)).toBe("");
});

test("the short one leaves out what is ok", () => {
  const lines = doctorShortText(REPORT, false).split("\n");
  expect(lines.filter((line) => /^\S/.test(line))).toEqual([
    "Portcullis a/b:1 at https://x",
    "Begin with ✗ There is no \\u001b[2Jx\\u202e. [webhooks-missing]",
    "✗ webhooks",
    "? certificate",
    "1 problem, 1 warning, 1 not checked",
  ]);
});

test("what follows from another finding names it, and leaves the remedy to it", () => {
  const texts = { message: "One.", fix: "Mend it.", command: "kubectl get x" };
  const report = doctorReport(
    PLACE,
    explained([
      finding("server-unreachable", texts),
      finding("fail-without-server", texts),
      finding("no-ready-pod", texts),
      finding("pod-crashes", { ...texts, message: "The cause." }),
    ]),
  );
  const text = doctorText(report, false);
  expect(text).toContain("\nBegin with ✗ The cause. [pod-crashes]\n");
  expect(text).toContain("  ✗ One. [server-unreachable]\n      follows from: no-ready-pod\n✓");
  // What frees a cluster must be at hand until the cause is mended.
  expect(text).toContain(
    "  ✗ One. [fail-without-server]\n      follows from: no-ready-pod\n      fix: Mend it.\n      run: kubectl get x\n",
  );
  expect(text).toMatch(/\n4 problems; 3 of these follow from others\n$/);
  expect(report.summary).toMatchObject({ first: "pod-crashes", following: 3 });
});

test("of equals the first shown is what to begin with, for people and programs, and its check is named", () => {
  const texts = { message: "One.", fix: "Mend it." };
  const report = doctorReport(PLACE, [
    finding("fail-without-server", texts),
    finding("webhook-rules-differ", texts),
  ]);
  expect(doctorText(report, false)).toContain("\nBegin with ✗ One. [webhook-rules-differ]\n");
  expect(report.summary).toMatchObject({ first: "webhook-rules-differ", firstCheck: "webhooks" });
  const unseen = doctorReport(PLACE, [notChecked("leader", "The Lease", "you may not.")]);
  expect(unseen.summary).toMatchObject({ first: "not-checked", firstCheck: "leader" });
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
