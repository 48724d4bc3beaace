import { expect, test } from "@jest/globals";
import { ABSENT, found, HEALTHY, seen } from "../../../test/doctor/healthy.ts";
import type { Definition } from "../observe/objects.ts";

function definition(): Definition {
  if (HEALTHY.definition.kind !== "seen") throw new Error("there is one");
  return HEALTHY.definition.value;
}

test("one that is missing, and one that is not established", () => {
  expect(found({ definition: ABSENT })).toEqual([
    "crd-missing: The cluster has no CustomResourceDefinition policybindings.policy.portcullis.dev.",
  ]);
  expect(found({ definition: seen({ ...definition(), status: { conditions: [] } }) })[0]).toMatch(
    /^crd-not-established: .* is not established\.$/,
  );
});

test("one that is being deleted", () => {
  const { metadata, ...rest } = definition();
  const going = { ...rest, metadata: { ...metadata, deletionTimestamp: "2026-03-01T12:00:00Z" } };
  expect(found({ definition: seen(going) })[0]).toMatch(/^crd-not-established: .* is being deleted\.$/);
});

test("a schema of another version, whatever else the API server has filled in", () => {
  const { spec } = definition();
  expect(
    found({ definition: seen({ ...definition(), spec: { ...spec, conversion: { strategy: "None" } } }) }),
  ).toEqual([]);
  const older = { ...spec, versions: [{ name: "v1alpha1", served: true, storage: true, schema: {} }] };
  expect(found({ definition: seen({ ...definition(), spec: older }) })[0]).toMatch(/^crd-differs: /);
  expect(found({ definition: seen({ ...definition(), spec: { versions: "none" } }) })[0]).toMatch(
    /^crd-differs: /,
  );
});
