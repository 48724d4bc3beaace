import { describe, expect, test } from "@jest/globals";
import type { Policy } from "../policy/policy.ts";
import { policyPages } from "./docs.ts";

const FULL: Policy = {
  id: "pod-security/privileged",
  package: "pod_security.privileged",
  file: "pod-security/privileged.rego",
  entrypoints: { deny: "pod_security/privileged/deny", warn: "pod_security/privileged/warn" },
  contract: "admission",
  metadata: {
    title: "No privileged containers",
    description: "A privileged container is root on the node.",
    relatedResources: [
      { ref: "https://example.com/a" },
      { ref: "https://example.com/b", description: "Why" },
    ],
    severity: "critical",
    category: "Pod Security",
    enforcement: "deny",
    updates: "new-violations-only",
    match: { resources: ["pods", "deployments.apps"], operations: ["CREATE", "UPDATE"] },
    parameters: {
      type: "object",
      properties: {
        limit: { type: "integer", default: 3, description: "How many\nare a | too many." },
        names: { type: ["string", "null"] },
        anything: true,
      },
    },
    remediation: "Set `privileged` to false.",
  },
};

const BARE: Policy = {
  id: "labels/team",
  package: "team",
  file: "labels/team.rego",
  entrypoints: { deny: "team/deny" },
  contract: "object",
  metadata: {
    title: "labels/team",
    description: "",
    relatedResources: [],
    severity: "medium",
    enforcement: "warn",
    updates: "all-violations",
  },
};

const PAGES = policyPages([BARE, FULL]);

test("there is a page for each policy and an index", () => {
  expect([...PAGES.keys()]).toEqual(["README.md", "labels/team.md", "pod-security/privileged.md"]);
});

test("the index lists the policies by pack", () => {
  expect(PAGES.get("README.md")).toBe(`# Policies

2 policies in 2 packs.

## labels

| policy | severity | enforcement | what it is about |
| --- | --- | --- | --- |
| [labels/team](labels/team.md) | medium | warn | labels/team |

## pod-security

| policy | severity | enforcement | what it is about |
| --- | --- | --- | --- |
| [pod-security/privileged](pod-security/privileged.md) | critical | deny | No privileged containers |
`);
});

describe("a page", () => {
  test("says everything that METADATA says", () => {
    expect(PAGES.get("pod-security/privileged.md")).toBe(`# No privileged containers

\`pod-security/privileged\`

A privileged container is root on the node.

|  |  |
| --- | --- |
| severity | critical |
| enforcement | deny |
| updates | new-violations-only |
| category | Pod Security |
| resources | \`pods\`, \`deployments.apps\` |
| operations | CREATE, UPDATE |
| rules | \`deny\`, \`warn\` |
| input | admission |

## Parameters

| name | type | default | meaning |
| --- | --- | --- | --- |
| \`limit\` | integer | \`3\` | How many are a \\| too many. |
| \`names\` | ["string","null"] |  |  |
| \`anything\` |  |  |  |

## What to do

Set \`privileged\` to false.

## Read more

- [https://example.com/a](https://example.com/a)
- [Why](https://example.com/b)

## Source

[pod-security/privileged.rego](../../../policies/pod-security/privileged.rego), [test](../../../policies/pod-security/privileged_test.rego)
`);
  });

  test("leaves out what there is not", () => {
    const page = PAGES.get("labels/team.md") ?? "";
    expect(page).toContain("| resources | those that a binding names |");
    expect(page).not.toMatch(/Parameters|What to do|Read more|operations|category/);
  });
});
