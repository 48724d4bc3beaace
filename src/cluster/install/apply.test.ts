import { describe, expect, test } from "@jest/globals";
import { isJsonObject, type JsonObject } from "../../policy/json.ts";
import type { ApiAnswer, ApiRequest } from "../api/request.ts";
import { applyConfiguration } from "./apply.ts";
import type { ConfigurationToApply } from "./cluster.ts";

const PATH = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/portcullis";
const INJECTED = { "cert-manager.io/inject-ca-from": "portcullis-system/portcullis-tls" };
const INJECTOR = "cert-manager-cainjector";

/** Base64 of PEM certificates that only their text tells apart. */
function bundle(...certificates: readonly string[]): string {
  const pem = certificates.map((text) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`);
  return Buffer.from(pem.join("")).toString("base64");
}

function entry(name: string, caBundle?: string) {
  return { name, clientConfig: caBundle === undefined ? {} : { caBundle }, sideEffects: "None" };
}

function configuration(...webhooks: readonly object[]): ConfigurationToApply {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "portcullis" },
    webhooks,
  };
}

/** What the API server has: `fields` are what the injector owns of each entry that it has found. */
function stored(webhooks: readonly { readonly name: string }[], annotations: object, fields: object): object {
  const owned = webhooks.map(({ name }) => [`k:${JSON.stringify({ name })}`, fields] as const);
  const fieldsV1 = { "f:webhooks": Object.fromEntries<object>(owned) };
  const managedFields = [
    { manager: "portcullis", operation: "Apply", fieldsV1 },
    { manager: INJECTOR, operation: "Apply", fieldsV1 },
  ];
  return { metadata: { resourceVersion: "7", annotations, managedFields }, webhooks };
}

const BUNDLE_ONLY = { ".": {}, "f:name": {}, "f:clientConfig": { "f:caBundle": {} } };
const CONFLICT = { code: 409, body: { details: { causes: [{ reason: "FieldManagerConflict" }] } } };
const INVALID = { code: 422, body: {} };

type Answer = { readonly code: number; readonly body: object };

/** Applies to an API server that gives these answers in turn. */
async function apply(wanted: ConfigurationToApply, dryRun: boolean, ...answers: readonly Answer[]) {
  const asked: ApiRequest[] = [];
  const send = async (request: ApiRequest): Promise<ApiAnswer> => {
    const { code, body } = answers[asked.length] ?? { code: 500, body: {} };
    asked.push(request);
    const read: unknown = JSON.parse(JSON.stringify(body));
    return { code, body: isJsonObject(read) ? read : {} };
  };
  const between: JsonObject[] = [];
  const answer = await applyConfiguration(send, wanted, {
    path: PATH,
    manager: "portcullis",
    dryRun,
    force: false,
    tookOut: (body) => between.push(body),
  });
  return {
    between,
    answer,
    methods: asked.map(({ method }) => method),
    sent: asked.map(({ body }) => body?.value),
  };
}

describe("beside an injector that is asked to write caBundle", () => {
  const wanted = configuration(entry("a.b.c", bundle("new")));

  test("what it has written stays, if that trusts the authority that is wanted", async () => {
    const injected = entry("a.b.c", bundle("old", "new"));
    const now = { code: 200, body: stored([injected], INJECTED, BUNDLE_ONLY) };
    const { answer, methods, sent } = await apply(wanted, false, CONFLICT, now, { code: 200, body: {} });
    expect([answer.code, methods]).toEqual([200, ["PATCH", "GET", "PATCH"]]);
    expect(sent.at(-1)).toEqual(configuration(injected));
  });

  test("another authority is a conflict", async () => {
    const now = { code: 200, body: stored([entry("a.b.c", bundle("old"))], INJECTED, BUNDLE_ONLY) };
    const { answer, methods } = await apply(wanted, false, CONFLICT, now);
    expect([answer.code, methods]).toEqual([409, ["PATCH", "GET"]]);
  });

  test("an authority that is no PEM is not found in it", async () => {
    const other = configuration(entry("a.b.c", Buffer.from("in DER").toString("base64")));
    const now = { code: 200, body: stored([entry("a.b.c", bundle("old"))], INJECTED, BUNDLE_ONLY) };
    const { answer, methods } = await apply(other, false, CONFLICT, now);
    expect([answer.code, methods]).toEqual([409, ["PATCH", "GET"]]);
  });

  test("that has written nothing yet, nothing is taken over", async () => {
    const now = { code: 200, body: stored([entry("a.b.c", "")], INJECTED, BUNDLE_ONLY) };
    const { answer, methods } = await apply(configuration(entry("a.b.c")), false, CONFLICT, now);
    expect([answer.code, methods]).toEqual([409, ["PATCH", "GET"]]);
  });

  test("what others have written without being asked is a conflict", async () => {
    const now = { code: 200, body: stored([entry("a.b.c", bundle("old", "new"))], {}, BUNDLE_ONLY) };
    const { answer, methods } = await apply(wanted, false, CONFLICT, now);
    expect([answer.code, methods]).toEqual([409, ["PATCH", "GET"]]);
  });
});

describe("an entry that is not wanted any more", () => {
  const wanted = configuration(entry("a.b.c"));
  const there = [entry("a.b.c"), entry("old.b.c", bundle("new"))];
  const now = { code: 200, body: stored(there, {}, BUNDLE_ONLY) };

  test("of which an injector owns caBundle is taken out first", async () => {
    const done = { code: 200, body: {} };
    const put = { code: 200, body: { metadata: {}, webhooks: [entry("a.b.c")] } };
    const { answer, methods, sent, between } = await apply(wanted, false, INVALID, now, put, done);
    expect(between).toEqual([put.body]);
    expect([answer.code, methods]).toEqual([200, ["PATCH", "GET", "PUT", "PATCH"]]);
    expect(sent[2]).toMatchObject({ metadata: { resourceVersion: "7" }, webhooks: [{ name: "a.b.c" }] });
    expect(sent[3]).toBe(wanted);
  });

  test("is looked at anew if somebody else has written meanwhile", async () => {
    const passing = { code: 409, body: {} };
    const done = { code: 200, body: {} };
    const answers = [INVALID, now, passing, INVALID, now, done, done];
    const { answer, methods } = await apply(wanted, false, ...answers);
    expect([answer.code, methods]).toEqual([200, ["PATCH", "GET", "PUT", "PATCH", "GET", "PUT", "PATCH"]]);
  });

  test("is no part of what a dry run tells, which cannot take it out", async () => {
    const pretended = { code: 200, body: { webhooks: there } };
    const { answer, methods, sent } = await apply(wanted, true, INVALID, now, pretended);
    expect(methods).toEqual(["PATCH", "GET", "PATCH"]);
    expect(sent[2]).toEqual(configuration(...there));
    expect(answer).toMatchObject({ code: 200, body: { webhooks: [entry("a.b.c")] } });
  });

  test("stays, and that is told, if somebody else owns more of it than caBundle", async () => {
    const more = { ...BUNDLE_ONLY, "f:failurePolicy": {} };
    const { answer, methods } = await apply(wanted, false, INVALID, {
      code: 200,
      body: stored(there, {}, more),
    });
    expect([answer.code, methods]).toEqual([422, ["PATCH", "GET"]]);
  });

  test("stays, and that is told, without permission to take it out", async () => {
    const { answer, between } = await apply(wanted, false, INVALID, now, { code: 403, body: {} });
    expect([answer.code, between]).toEqual([403, []]);
  });
});

test("what answers instead of the API server is told", async () => {
  const strange = apply(configuration(entry("a.b.c")), false, INVALID, { code: 200, body: { hello: "you" } });
  await expect(strange).rejects.toMatchObject({ code: "CLUSTER_REFUSED" });
});

test("what is invalid for other reasons is told at once", async () => {
  const { answer, methods } = await apply(configuration(entry("a.b.c")), false, INVALID, {
    code: 404,
    body: {},
  });
  expect([answer.code, methods]).toEqual([422, ["PATCH", "GET"]]);
});
