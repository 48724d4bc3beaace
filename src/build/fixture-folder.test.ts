import { expect, test } from "@jest/globals";
import { buildFolder, policyFolder, type Files, writeFiles } from "../../test/policy-folder.ts";
import { collectSources } from "./collect.ts";
import { readBundle } from "./read-bundle.ts";

const RULE = 'package shop.limits\n\ndeny contains "no" if input.request.operation == "CREATE"\n';

const FIXTURES: Files = {
  "shop/limits/good/data.yaml": "[not, an, object]",
  "shop/limits/good/other.rego": "package",
  "shop/limits/bad/below/data.json": "{}",
  "shop/limits/mutate/case/data.yml": "a: 1",
  "shop/limits/unmatched/data.yml": "a: 1",
  "shop/every-policy/good/data.yaml": "a: 1",
  "shop/every-policy/scenario/unmatched/data.json": "{}",
  "shop/limits/scenario/bad/data.yaml": "a: 1",
  "shop/limits/bindings.yaml": "a: 1",
  "shop/limits/scenario/inventory.yaml": "a: 1",
};

async function pathsOf(files: Files): Promise<readonly string[]> {
  return (await collectSources(await policyFolder(files))).map(({ path }) => path);
}

test("fixtures are neither policies nor data", async () => {
  expect(await pathsOf({ "shop/limits.rego": RULE, ...FIXTURES })).toEqual(["shop/limits.rego"]);
});

test("data and Rego beside them are what they were", async () => {
  const own: Files = {
    "shop/limits.rego": RULE,
    "shop/limits/data.yaml": "most: 3",
    "shop/limits/scenario/data.json": "{}",
    "shop/limits/scenario/deeper/bad/data.json": "{}",
  };
  expect(await pathsOf({ ...own, ...FIXTURES })).toEqual(Object.keys(own));
});

test("a folder of that name that belongs to no policy is one like any other", async () => {
  const files: Files = { "good/bad/rule.rego": RULE, "good/mutate/data.json": "{}", "bad.json": "{}" };
  expect(await pathsOf(files)).toEqual(["good/bad/rule.rego", "good/mutate/data.json"]);
});

test("a fixture that changes leaves the revision of the bundle as it was", async () => {
  const root = await policyFolder({ "shop/limits.rego": RULE });
  const before = await buildFolder(root);
  await writeFiles(root, FIXTURES);
  const after = await buildFolder(root);
  expect(after.revision).toBe(before.revision);
  expect((await readBundle(after.file)).policies.map(({ id }) => id)).toEqual(["shop/limits"]);
});
