import { expect, test } from "@jest/globals";
import { buildFolder } from "../../test/policy-folder.ts";
import { readBundle } from "./read-bundle.ts";

test("every policy that is shipped builds and says everything about itself", async () => {
  const built = await buildFolder("policies");
  const { policies } = await readBundle(built.file);
  const silent = policies.filter(
    ({ id, metadata }) =>
      metadata.title === id ||
      metadata.description === "" ||
      metadata.category === undefined ||
      metadata.remediation === undefined ||
      metadata.match === undefined ||
      metadata.relatedResources.length === 0,
  );
  expect(silent.map(({ id }) => id)).toEqual([]);
  expect(built.notes).toEqual([]);
  expect(policies).not.toHaveLength(0);
});
