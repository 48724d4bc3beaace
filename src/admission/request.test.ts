import { expect, test } from "@jest/globals";
import { sampleRequest } from "../../test/samples.ts";
import { sharedDocument } from "../policy/input/documents.ts";
import { requestDocuments, resourceName } from "./request.ts";

test.each([
  ["pods", "", "pods", ""],
  ["pods/exec", "", "pods", "exec"],
  ["deployments.apps", "apps", "deployments", ""],
  ["deployments.apps/scale", "apps", "deployments", "scale"],
])("%s is the name of a resource as policies write it", (name, group, resource, subResource) => {
  expect(resourceName({ resource: { group, version: "v1", resource }, subResource })).toBe(name);
});

test("a part that the request lacks, or that is null, stays so", () => {
  const namespaceObject = sharedDocument('{"kind":"Namespace"}');
  const texts = { head: '{"uid":"u"}', object: null, oldObject: undefined };
  expect(requestDocuments(sampleRequest({ texts }), namespaceObject)).toEqual({
    head: '{"uid":"u"}',
    object: null,
    oldObject: undefined,
    namespaceObject,
  });
});

test("a part keeps its exact text", () => {
  const texts = { head: "{}", object: '{"n":12345678901234567890}', oldObject: "{}" };
  expect(requestDocuments(sampleRequest({ texts }), undefined).object).toEqual(sharedDocument(texts.object));
});
