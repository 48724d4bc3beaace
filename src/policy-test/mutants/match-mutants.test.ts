import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { runOpa } from "../../../test/compile-rego.ts";
import { temporaryFolder } from "../../../test/policy-folder.ts";
import { findMatchMutants } from "./match-mutants.ts";
import type { MatchMutant } from "./mutant.ts";
import { isNode, readSource } from "./syntax-node.ts";

async function mutantsOf(metadata: string): Promise<readonly MatchMutant[]> {
  const text = `# About shops.\n\n${metadata}package shop.pods\n\ndeny contains "no" if input.request.name == "no"\n`;
  const file = path.join(await temporaryFolder(), "pods.rego");
  await writeFile(file, text);
  const tree: unknown = JSON.parse(
    runOpa(["parse", "--format", "json", "--json-include", "locations", file]),
  );
  if (!isNode(tree)) throw new Error("OPA gave no tree");
  return findMatchMutants({ path: "shop/pods.rego", tree, source: readSource(text) });
}

/** What METADATA has under `match` in each mutant. */
async function changesOf(match: string): Promise<readonly string[]> {
  const head = "# METADATA\n# custom:\n#   match:";
  const tail = "\n#   severity: low\n";
  const mutants = await mutantsOf(`${head}${match}${tail}`);
  return mutants.map(
    ({ operator, text }) => `${operator}${text.slice(text.indexOf(head) + head.length, text.indexOf(tail))}`,
  );
}

test("lists on lines of their own lose and get lines", async () => {
  const match = `
#     resources:
#       - pods # all of them
#       - deployments.apps
#     operations:
#       - CREATE
#       - UPDATE`;
  const without = (line: string): string => match.replace(line, "");
  const more = (line: string, item: string): string => match.replace(line, `${line}\n#       - ${item}`);
  expect(await changesOf(match)).toEqual([
    `drop-resource${without("\n#       - pods # all of them")}`,
    `drop-resource${without("\n#       - deployments.apps")}`,
    `add-resource${more("#       - deployments.apps", '"*"')}`,
    `add-resource${more("#       - deployments.apps", '"*/status"')}`,
    `drop-operation${without("\n#       - CREATE")}`,
    `drop-operation${without("\n#       - UPDATE")}`,
    `add-operation${more("#       - UPDATE", "DELETE")}`,
  ]);
});

test("lists between brackets lose and get items with their commas", async () => {
  expect(await changesOf(' { resources: ["pods", secrets], operations: [UPDATE, DELETE] }')).toEqual([
    "drop-resource { resources: [secrets], operations: [UPDATE, DELETE] }",
    'drop-resource { resources: ["pods"], operations: [UPDATE, DELETE] }',
    'add-resource { resources: ["pods", secrets, "*"], operations: [UPDATE, DELETE] }',
    'add-resource { resources: ["pods", secrets, "*/status"], operations: [UPDATE, DELETE] }',
    'drop-operation { resources: ["pods", secrets], operations: [DELETE] }',
    'drop-operation { resources: ["pods", secrets], operations: [UPDATE] }',
    'add-operation { resources: ["pods", secrets], operations: [UPDATE, DELETE, CREATE] }',
  ]);
});

test("operations that METADATA leaves open are written down", async () => {
  expect(await changesOf(" { resources: [pods] }").then((changes) => changes.slice(2))).toEqual([
    "drop-operation { operations: [UPDATE], resources: [pods] }",
    "drop-operation { operations: [CREATE], resources: [pods] }",
    "add-operation { operations: [CREATE, UPDATE, DELETE], resources: [pods] }",
  ]);
  expect(await changesOf("\n#     resources: [pods]")).toContain(
    "drop-operation\n#     operations: [CREATE]\n#     resources: [pods]",
  );
});

test("a status is never created, and nothing is wider than everything", async () => {
  expect(await changesOf(" { resources: ['*'], operations: [CREATE] }")).toEqual([
    "add-operation { resources: ['*'], operations: [CREATE, UPDATE] }",
    "add-operation { resources: ['*'], operations: [CREATE, DELETE] }",
  ]);
});

test("a mutant says where it is and what it matches, kinds as resources", async () => {
  const [first, second] = await mutantsOf(
    "# METADATA\n# custom:\n#   match: { resources: [Pod, Deployment.apps], operations: [CREATE] }\n",
  );
  expect(first).toMatchObject({
    kind: "match",
    file: "shop/pods.rego",
    rule: "match",
    line: 5,
    column: 26,
    before: "Pod",
    after: "",
    match: { resources: ["deployments.apps"] },
  });
  expect(second?.match).toEqual({ resources: ["pods"] });
});

test.each([
  ["without METADATA", ""],
  ["without a match", "# METADATA\n# title: Pods\n"],
  [
    "with an alias in the place of a list",
    "# METADATA\n# custom:\n#   a: &a [pods]\n#   match: { resources: *a }\n",
  ],
  [
    "with METADATA of another scope",
    "# METADATA\n# scope: subpackages\n# custom: { match: { resources: [pods] } }\n",
  ],
])("a policy %s has no such mutants", async (_name, metadata) => {
  expect(await mutantsOf(metadata)).toEqual([]);
});
