import { describe, expect, test } from "@jest/globals";
import { policyFolder } from "../../../test/policy-folder.ts";
import { runMutantsCommand as run } from "../../../test/run-mutants.ts";

function review(operation: string, subResource = ""): string {
  const object = { apiVersion: "v1", kind: "Pod", metadata: { name: "web" } };
  return JSON.stringify({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: "1",
      kind: { group: "", version: "v1", kind: "Pod" },
      resource: { group: "", version: "v1", resource: "pods" },
      subResource,
      operation,
      userInfo: { username: "eve" },
      object: operation === "DELETE" ? null : object,
      oldObject: object,
    },
  });
}

const LISTED = `- file: shop/pods.rego
  rule: match
  reason: Nobody deletes Pods.
  mutants:
    - { operator: add-operation, before: "", after: "DELETE" }
`;

describe("fixtures", () => {
  const pod = "apiVersion: v1\nkind: Pod\nmetadata: { name: web }\n";
  const files = {
    "shop/pods.rego": `# METADATA
# title: No bad pods
# custom:
#   match: { resources: [pods] }
package shop.pods

deny contains "bad" if input.request.object.metadata.labels.bad == "yes"
`,
    "shop/pods/bad/pod.yaml": pod.replace("web", "web, labels: { bad: yes }").replace("yes", '"yes"'),
    "shop/pods/good/pod.yaml": pod,
  };

  const matching = {
    "shop/every-policy/good/update.json": review("UPDATE"),
    "shop/every-policy/unmatched/service.yaml": pod.replace("Pod", "Service"),
    "shop/every-policy/unmatched/status.json": review("UPDATE", "status"),
    "shop/pods/unmatched/delete.json": review("DELETE"),
  };

  test("notice what no test in Rego does", async () => {
    const { stdout } = await run(await policyFolder(files), { run: ": deny: " });
    expect(stdout).toMatch(
      /survived: change-constant in deny\n.*\n.*\n.*\n(?: .*\n)*-deny contains "bad".*\n\+deny contains "mutant"/,
    );
    expect(stdout.match(/survived: .*/g)).toEqual(["survived: change-constant in deny"]);
  });

  const patterns = { run: ": match: " };

  test("notice a match that is too narrow or too wide", async () => {
    const survived = ["drop-operation", "add-resource", "add-resource", "add-operation"];
    const { stdout, exitCode } = await run(await policyFolder(files), patterns);
    expect(exitCode).toBe(1);
    expect(stdout.match(/survived: [a-z-]+ in match/g)?.toSorted()).toEqual(
      survived.toSorted().map((operator) => `survived: ${operator} in match`),
    );
    expect(stdout).toContain("  fix: add a fixture that fails with this change");
    expect(stdout).toContain('-#   match: { resources: [pods] }\n+#   match: { resources: [pods, "*"] }');
    const root = await policyFolder({ ...files, ...matching });
    expect(await run(root, patterns)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^5 mutants: 5 killed, 0 invalid/m),
    });
  });

  test("are asked again of a match that is listed as equivalent", async () => {
    const root = await policyFolder({ ...files, ...matching, "equivalent-mutants.yaml": LISTED });
    const { stdout, exitCode } = await run(root, patterns);
    expect(exitCode).toBe(1);
    expect(stdout).toContain("a test notices this mutant, so it is not equivalent");
  });

  test("notice nothing while the policies cannot be built, and a match cannot be tried", async () => {
    const unbuildable = files["shop/pods.rego"].replace("#   match", "#   severity: huge\n#   match");
    const { stdout, exitCode } = await run(await policyFolder({ ...files, "shop/pods.rego": unbuildable }));
    expect(exitCode).toBe(1);
    expect(stdout).toContain("survived: drop-rule in deny");
    expect(stdout).not.toContain("in match");
    expect(stdout).toMatch(/ 0 killed, 5 invalid/);
  });

  test("have to pass before anything is changed", async () => {
    const wrong = { ...files, "shop/pods/good/pod.yaml": files["shop/pods/bad/pod.yaml"] };
    await expect(run(await policyFolder(wrong))).rejects.toMatchObject({
      code: "TESTS_FAIL",
      message: "Before anything is changed, these fixtures fail: shop/pods/good/pod.yaml.",
    });
  });
});
