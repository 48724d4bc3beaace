import { describe, expect, test } from "@jest/globals";
import { CustomMetadata, PolicyMatch, PolicyMetadata, ResourceName } from "./metadata.ts";

test.each([
  "pods",
  "deployments.apps",
  "widgets.example.com",
  "pods/ephemeralcontainers",
  "deployments.apps/scale",
  "*",
  "*.apps",
  "*/scale",
  "clusterroles.rbac.authorization.k8s.io",
  "my-things.example.com",
])("%s is a resource", (name) => {
  expect(ResourceName.parse(name)).toBe(name);
});

test.each([
  "",
  "Pod",
  "Deployment.apps",
  "pods/",
  "/exec",
  "pods.",
  ".apps",
  "pods/Exec",
  "pods/a/b",
  "p*",
  "pods.apps.",
  "po ds",
])("%j is no resource", (name) => {
  expect(ResourceName.safeParse(name).success).toBe(false);
});

describe("what a policy matches", () => {
  test("is under CREATE and UPDATE unless it says otherwise", () => {
    expect(PolicyMatch.parse({ resources: ["pods"] }).operations).toEqual(["CREATE", "UPDATE"]);
    expect(PolicyMatch.parse({ resources: ["pods"], operations: ["DELETE"] }).operations).toEqual(["DELETE"]);
  });

  test.each([
    {},
    { resources: [] },
    { resources: ["Pod"] },
    { resources: ["pods"], operations: [] },
    { resources: ["pods"], kinds: ["Pod"] },
  ])("cannot be %j", (match) => {
    expect(PolicyMatch.safeParse(match).success).toBe(false);
  });
});

describe("`custom` of METADATA", () => {
  test("may be empty: severity medium, enforcement deny", () => {
    expect(CustomMetadata.parse({})).toEqual({ severity: "medium", enforcement: "deny" });
  });

  test("may say all that there is to say; kinds are still names", () => {
    const custom = {
      severity: "critical",
      category: "Pod Security",
      enforcement: "warn",
      match: { resources: ["Deployment.apps", "pods"], operations: ["CREATE"] },
      parameters: { type: "object" },
      remediation: "set it",
      input: "gatekeeper",
    };
    expect(CustomMetadata.parse(custom)).toEqual(custom);
  });

  test.each([
    ["severity", { severity: "High" }],
    ["enforcement", { enforcement: "block" }],
    ["match.resources", { match: { resources: [] } }],
    ["match.operations", { match: { resources: ["pods"], operations: [] } }],
    ["input", { input: "review" }],
    ["remediation", { remediation: "" }],
    ["parameters", { parameters: "object" }],
    ["", { severty: "high" }],
    ["match", { match: { resources: ["pods"], namespaces: ["a"] } }],
  ])("with a mistake is refused at `%s`", (path, custom) => {
    expect(CustomMetadata.safeParse(custom).error?.issues.map((issue) => issue.path.join("."))).toEqual([
      path,
    ]);
  });
});

describe("the METADATA in a bundle", () => {
  const metadata = { title: "A policy", severity: "low", enforcement: "deny" };

  test("may lack a description, related resources and a match", () => {
    expect(PolicyMetadata.parse(metadata)).toEqual({
      ...metadata,
      updates: "all-violations",
      description: "",
      relatedResources: [],
    });
  });

  test.each(["title", "severity", "enforcement"])("must have %s: the build has filled it in", (key) => {
    expect(PolicyMetadata.safeParse({ ...metadata, [key]: undefined }).success).toBe(false);
  });

  test("names resources, not kinds", () => {
    const match = { resources: ["Deployment.apps"] };
    expect(PolicyMetadata.safeParse({ ...metadata, match }).success).toBe(false);
  });
});
