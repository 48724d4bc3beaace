/** The examples of docs/errors.md about mutants are what a person really sees. */
import { expect, test } from "@jest/globals";
import { explainError } from "../../src/cli/explain-error.ts";
import { mutantsCommand } from "../../src/cli/test/mutants.ts";
import { readEnvironment } from "../../src/cli/surroundings.ts";
import type { ErrorCode } from "../../src/error.ts";
import { policyFolder, testOpa, type Files } from "../policy-folder.ts";
import { entryOf } from "./error-entries.ts";

const TAG = { "images/tag.rego": "package images.tag\n\ndeny contains input.image\n" };

async function told(files: Files): Promise<string> {
  const root = await policyFolder(files);
  const env = { OPA: await testOpa() };
  const environment = readEnvironment({ env, platform: process.platform, arch: process.arch });
  const silent = { write: () => undefined };
  const error: unknown = await mutantsCommand({ policies: root, output: "pretty" }, environment, {
    stdout: silent,
    stderr: silent,
  }).catch((cause: unknown) => cause);
  return explainError(error).replaceAll(root, "policies");
}

test.each<readonly [ErrorCode, Files]>([
  [
    "TESTS_FAIL",
    {
      ...TAG,
      "images/tag_test.rego": "package images.tag_test\n\ntest_latest if data.images.tag.deny == {1}\n",
    },
  ],
  [
    "EQUIVALENTS_INVALID",
    { ...TAG, "equivalent-mutants.yaml": "- file: images/tag.rego\n  rule: deny\n  mutants: []\n" },
  ],
])("%s is what the command says", async (code, files) => {
  expect(entryOf(code)).toContain(`\`\`\`\n${await told(files)}\`\`\``);
});
