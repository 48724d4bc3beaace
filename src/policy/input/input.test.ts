import { describe, expect, test } from "@jest/globals";
import { documentValue, jsonObject } from "../../../test/samples.ts";
import type { InputDocument } from "../../engine/engine.ts";
import type { InputContract } from "../rule.ts";
import { NULL_DOCUMENT, sharedDocument, type RequestDocuments } from "./documents.ts";
import { inputAdapter } from "./input.ts";

const POD = { kind: "Pod", metadata: { name: "new" } };
const OLD_POD = { kind: "Pod", metadata: { name: "old" } };
const NAMESPACE = { kind: "Namespace" };
const HEAD = { uid: "u-1", operation: "UPDATE" };

function json(value: unknown): InputDocument {
  return sharedDocument(JSON.stringify(value));
}

const UPDATE: RequestDocuments = {
  head: JSON.stringify(HEAD),
  object: json(POD),
  oldObject: json(OLD_POD),
  namespaceObject: json(NAMESPACE),
};
const CREATE: RequestDocuments = { ...UPDATE, oldObject: null, namespaceObject: undefined };
const DELETE: RequestDocuments = { ...UPDATE, object: null, namespaceObject: undefined };
const CONNECT: RequestDocuments = {
  ...UPDATE,
  object: undefined,
  oldObject: undefined,
  namespaceObject: undefined,
};

/** The value of `input` under a contract, with the parameters `{"max":1}`. */
function input(contract: InputContract, documents: RequestDocuments): unknown {
  return documentValue(inputAdapter(documents)(contract, '{"max":1}'));
}

function objectOf(documents: RequestDocuments): InputDocument {
  return inputAdapter(documents)("object", "{}");
}

function memberOf(document: InputDocument, key: string): InputDocument | undefined {
  return document.members.find(([name]) => name === key)?.[1];
}

describe("the contract `admission`", () => {
  const review = { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", parameters: { max: 1 } };

  test("is the AdmissionReview with the parameters and the Namespace object", () => {
    expect(input("admission", UPDATE)).toEqual({
      ...review,
      request: { ...HEAD, object: POD, oldObject: OLD_POD },
      namespaceObject: NAMESPACE,
    });
  });

  test("lacks the Namespace object where it is not known, and keeps null as OPA sees it", () => {
    expect(input("admission", CREATE)).toEqual({
      ...review,
      request: { ...HEAD, object: POD, oldObject: null },
    });
    expect(input("admission", DELETE)).toEqual({
      ...review,
      request: { ...HEAD, object: null, oldObject: OLD_POD },
    });
  });

  test("lacks what the request lacks", () => {
    expect(input("admission", CONNECT)).toEqual({ ...review, request: HEAD });
  });
});

describe("the contract `gatekeeper`", () => {
  test("is the review and the parameters", () => {
    expect(input("gatekeeper", UPDATE)).toEqual({
      review: { ...HEAD, object: POD, oldObject: OLD_POD, namespaceObject: NAMESPACE },
      parameters: { max: 1 },
    });
    expect(input("gatekeeper", CREATE)).toEqual({
      review: { ...HEAD, object: POD, oldObject: null },
      parameters: { max: 1 },
    });
  });

  test("on DELETE has the object that goes away in both places", () => {
    expect(input("gatekeeper", DELETE)).toEqual({
      review: { ...HEAD, object: OLD_POD, oldObject: OLD_POD },
      parameters: { max: 1 },
    });
  });

  test("without any object says nothing of one", () => {
    expect(input("gatekeeper", CONNECT)).toEqual({ review: HEAD, parameters: { max: 1 } });
  });
});

describe("the contract `object`", () => {
  test("is the bare object, the very document that the other contracts share", () => {
    expect(objectOf(UPDATE)).toBe(UPDATE.object);
    expect(objectOf(CREATE)).toBe(CREATE.object);
  });

  test("on DELETE is the object that goes away", () => {
    expect(objectOf(DELETE)).toBe(DELETE.oldObject);
  });

  test("is null if there is no object", () => {
    expect(objectOf(CONNECT)).toBe(NULL_DOCUMENT);
    expect(documentValue(NULL_DOCUMENT)).toBeNull();
    expect(NULL_DOCUMENT.shared).toBe(true);
  });
});

describe("what the engine parses", () => {
  test("once for a request: its parts, and the review that holds them", () => {
    const adapter = inputAdapter(UPDATE);
    const [one, other] = [adapter("admission", '{"a":1}'), adapter("admission", '{"a":2}')];
    expect(memberOf(one, "request")).toBe(memberOf(other, "request"));
    expect(memberOf(one, "request")?.shared).toBe(true);
    expect(memberOf(adapter("gatekeeper", "{}"), "review")).toBe(
      memberOf(adapter("gatekeeper", "{}"), "review"),
    );
    expect(memberOf(adapter("gatekeeper", "{}"), "review")?.shared).toBe(true);
  });

  test("once for a request: the whole input of policies without parameters", () => {
    const adapter = inputAdapter(UPDATE);
    for (const contract of ["admission", "gatekeeper", "object"] as const) {
      expect(adapter(contract, "{}")).toBe(adapter(contract, "{}"));
      expect(adapter(contract, "{}").shared).toBe(true);
    }
    expect(adapter("admission", "{}")).not.toBe(adapter("gatekeeper", "{}"));
  });

  test("anew for each evaluation: the parameters, with all their digits", () => {
    const adapter = inputAdapter(UPDATE);
    for (const contract of ["admission", "gatekeeper"] as const) {
      const document = adapter(contract, '{"n":12345678901234567890}');
      expect(document.shared).toBe(false);
      expect(document.text).toContain('"parameters":{"n":12345678901234567890}');
    }
  });

  test("never twice under one key of a document", () => {
    const adapter = inputAdapter(UPDATE);
    const keysAreDistinct = ({ text, members }: InputDocument): boolean => {
      const own = members.length === 0 ? [] : Object.keys(jsonObject(text));
      const keys = [...own, ...members.map(([key]) => key)];
      return new Set(keys).size === keys.length && members.every(([, member]) => keysAreDistinct(member));
    };
    expect(keysAreDistinct(adapter("admission", "{}"))).toBe(true);
    expect(keysAreDistinct(adapter("gatekeeper", "{}"))).toBe(true);
  });
});
