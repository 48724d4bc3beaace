import { describe, expect, test } from "@jest/globals";
import { documentValue, jsonObject, sampleRequest } from "../../test/samples.ts";
import { sharedDocument, type RequestDocuments } from "../policy/input/documents.ts";
import { INPUT_CONTRACTS } from "../policy/rule.ts";
import { oldObjectOf } from "./old-object.ts";
import { requestDocuments, type AdmissionRequest } from "./request.ts";
import type { Violation } from "./violation.ts";

const OLD = '{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}';
const NEW = '{"spec":{"containers":[{"name":"b"},{"name":"a"}]}}';
const HEAD = '{"uid":"u-1","operation":"UPDATE"}';
const UPDATE = sampleRequest({
  operation: "UPDATE",
  object: jsonObject(NEW),
  oldObject: jsonObject(OLD),
  texts: { head: HEAD, object: NEW, oldObject: OLD },
});
const NAMESPACE = sharedDocument('{"kind":"Namespace"}');

function documentsOf(request: AdmissionRequest): RequestDocuments {
  return requestDocuments(request, NAMESPACE);
}

describe("there is an old object to ask about", () => {
  test.each<[string, Partial<AdmissionRequest>, boolean]>([
    ["in an UPDATE", {}, true],
    ["in an UPDATE of a subresource", { subResource: "ephemeralcontainers" }, true],
    ["not in a CREATE", { operation: "CREATE", texts: { ...UPDATE.texts, oldObject: null } }, false],
    ["not in a DELETE", { operation: "DELETE", texts: { ...UPDATE.texts, object: null } }, false],
    ["not in a CONNECT", { operation: "CONNECT" }, false],
    ["not where the request has none", { texts: { ...UPDATE.texts, oldObject: undefined } }, false],
    ["not where a manifest stands for it", { oldObjectUnknown: true }, false],
  ])("%s", (_name, overrides, isThere) => {
    const request = { ...UPDATE, ...overrides };
    expect(oldObjectOf(request, documentsOf(request)) !== undefined).toBe(isThere);
  });
});

test("in the input the old object is before and after the update, and all else is as it was", () => {
  const old = oldObjectOf(UPDATE, documentsOf(UPDATE));
  const [admission, object, gatekeeper] = INPUT_CONTRACTS.map((contract) => {
    const input = old?.input(contract, '{"max":1}');
    return input === undefined ? undefined : documentValue(input);
  });
  const request = { ...jsonObject(HEAD), object: jsonObject(OLD), oldObject: jsonObject(OLD) };
  const namespaceObject = { kind: "Namespace" };
  expect(admission).toMatchObject({ request, namespaceObject, parameters: { max: 1 } });
  expect(object).toEqual(jsonObject(OLD));
  expect(gatekeeper).toEqual({ review: { ...request, namespaceObject }, parameters: { max: 1 } });
});

test("the engine has to parse the old object once, whatever asks for it", () => {
  const documents = documentsOf(UPDATE);
  expect(oldObjectOf(UPDATE, documents)?.input("object", "{}")).toBe(documents.oldObject);
});

function unread(): never {
  throw new Error("must not be read");
}

test("no object is parsed before something was found", () => {
  const request = Object.defineProperties(
    { ...UPDATE },
    { object: { get: unread }, oldObject: { get: unread } },
  );
  expect(oldObjectOf(request, documentsOf(request))?.input("object", "{}")).toBeDefined();
});

function at(field: string): Violation {
  return { message: "no", field, details: undefined, remediation: undefined };
}

test("a field means the version of the object in which it was found", () => {
  const old = oldObjectOf(UPDATE, documentsOf(UPDATE));
  const [first, second] = [at("spec.containers[0].x"), at("spec.containers[1].x")];
  expect([...(old?.existing([first, second], [at("spec.containers[0].x")]) ?? [])]).toEqual([second]);
});
