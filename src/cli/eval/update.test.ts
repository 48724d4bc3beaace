import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { portcullis, type Ended } from "../../../test/docs/command.ts";
import { writeFiles } from "../../../test/policy-folder.ts";
import { sampleReview } from "../../../test/samples.ts";
import { EvalReport } from "../../report/report.ts";

const POLICY = `# METADATA
# title: Privileged
# custom:
#   match: { resources: [pods] }
package shop.privileged

deny contains {"msg": "it is privileged", "field": sprintf("spec.containers[%d].privileged", [i])} if {
	some i, container in input.request.object.spec.containers
	container.privileged
}
`;
const BINDING = `apiVersion: policy.portcullis.dev/v1alpha1
kind: PolicyBinding
metadata: { name: strict }
spec: { policies: [shop/privileged], updates: all-violations }
`;
const POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web" },
  spec: { containers: [{ name: "web", privileged: true }] },
};
const LABELLED = { ...POD, metadata: { name: "web", labels: { a: "b" } } };

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "portcullis-eval-update-"));
  await writeFiles(folder, {
    "policies/shop/privileged.rego": POLICY,
    "strict.yaml": BINDING,
    "pod.json": JSON.stringify(POD),
    "update.json": JSON.stringify(sampleReview({ operation: "UPDATE", object: LABELLED, oldObject: POD })),
    "no-change.json": JSON.stringify(sampleReview({ operation: "UPDATE", object: POD, oldObject: POD })),
  });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function evaluated(...args: readonly string[]): Promise<Ended> {
  return portcullis(folder, ["eval", ...args]);
}

describe("eval of an update that a review recorded", () => {
  test("allows what leaves a violation as it was, and says so", async () => {
    const { stdout, exitCode } = await evaluated("update.json", "no-change.json");
    expect(stdout).toContain("! allowed with warnings Pod shop/web (UPDATE)  update.json:1");
    expect(stdout).toContain("! allowed with warnings Pod shop/web (UPDATE)  no-change.json:1");
    expect(stdout).toContain("existing violation: it was so before this update");
    expect(stdout).toMatch(/^2 objects: 2 allowed, 0 denied, 0 errors; 0 violations, 2 warnings/m);
    expect(exitCode).toBe(0);
  });

  test("marks it in the JSON", async () => {
    const report = EvalReport.parse(JSON.parse((await evaluated("update.json", "-o", "json")).stdout));
    expect(report.results).toMatchObject([
      {
        decision: "allow",
        warnings: ["shop/privileged (existing violation): it is privileged"],
        findings: [{ enforcement: "warn", existing: true }],
      },
    ]);
  });

  test("denies it under a binding that says so", async () => {
    const { stdout, exitCode } = await evaluated("--bindings", "strict.yaml", "update.json");
    expect(stdout).toContain("✗ denied Pod shop/web (UPDATE)");
    expect(stdout).not.toContain("existing violation");
    expect(exitCode).toBe(1);
  });
});

test("eval of a manifest as an UPDATE denies every violation: nothing is known of the old object", async () => {
  const { stdout, exitCode } = await evaluated("--operation", "UPDATE", "pod.json");
  expect(stdout).toContain("✗ denied Pod default/web (UPDATE)");
  expect(exitCode).toBe(1);
});
