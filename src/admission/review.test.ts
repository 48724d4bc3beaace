import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { jsonObject, sampleReview } from "../../test/samples.ts";
import { PortcullisError } from "../error.ts";
import type { AdmissionRequest } from "./request.ts";
import { decodeReview, MAX_DEPTH } from "./review.ts";

const encoder = new TextEncoder();

function decode(review: unknown): AdmissionRequest {
  return decodeReview(encoder.encode(typeof review === "string" ? review : JSON.stringify(review)));
}

/** The error that bytes are refused with; anything else that is thrown is a fault. */
function refusal(body: Uint8Array): PortcullisError | undefined {
  try {
    decodeReview(body);
    return undefined;
  } catch (error) {
    if (error instanceof PortcullisError) return error;
    throw error;
  }
}

/** The text of a review that has its request twice. */
function reviewOf(first: string, second: string): string {
  return `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":${first},"request":${second}}`;
}

describe("a valid review", () => {
  test("gives what the flow looks at", () => {
    const object = { apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: "shop" } };
    const request = decode(sampleReview({ subResource: "ephemeralcontainers", dryRun: true }));
    expect(request).toMatchObject({
      uid: "u-1",
      kind: { group: "", version: "v1", kind: "Pod" },
      resource: { group: "", version: "v1", resource: "pods" },
      subResource: "ephemeralcontainers",
      name: "web",
      namespace: "shop",
      operation: "CREATE",
      userInfo: { username: "alice", groups: ["developers", "system:authenticated"] },
      dryRun: true,
      object,
      oldObject: null,
    });
  });

  test("may lack all that Go leaves out when it is empty", () => {
    const { kind, resource } = {
      kind: { group: "", version: "v1", kind: "Node" },
      resource: { group: "", version: "v1", resource: "nodes" },
    };
    const request = decode({
      apiVersion: "admission.k8s.io/v1",
      kind: "AdmissionReview",
      request: { uid: "u", kind, resource, operation: "CONNECT", userInfo: { groups: null } },
    });
    expect(request).toMatchObject({
      subResource: "",
      name: "",
      namespace: "",
      userInfo: { username: "", groups: [] },
      dryRun: false,
      object: null,
      oldObject: null,
    });
    expect(request.texts.object).toBeUndefined();
  });

  test("may hold members that this version does not know", () => {
    expect(decode({ ...sampleReview({ future: { x: 1 } }), other: 1 }).texts.head).toContain(
      '"future":{"x":1}',
    );
  });

  test("keeps the exact text of every part", () => {
    const object = '{"n": 12345678901234567890, "f": 1.10, "e":1E+2 }';
    const head = JSON.stringify(sampleReview()).replace(
      '"uid":"u-1"',
      '"uid":"u-1","options":{"n":12345678901234567890}',
    );
    const request = decode(head.replace(/"object":\{.*?\}\}/, `"object" : ${object}`));
    expect(request.texts.object).toBe(object);
    expect(request.texts.oldObject).toBeNull();
    expect(request.texts.head).toContain('"options":{"n":12345678901234567890}');
    expect(Object.keys(jsonObject(request.texts.head))).not.toContain("object");
  });

  test("without a name (deletecollection) takes it from the object that goes away", () => {
    const oldObject = { metadata: { name: "web-1" } };
    expect(decode(sampleReview({ operation: "DELETE", name: "", object: null, oldObject })).name).toBe(
      "web-1",
    );
  });

  test("without any name (generateName) has an empty one", () => {
    expect(decode(sampleReview({ name: "", object: { metadata: { generateName: "web-" } } })).name).toBe("");
    expect(decode(sampleReview({ name: "", object: { metadata: { name: 5 } } })).name).toBe("");
  });

  test("whose `object` is there twice means the last one, in value and in text", () => {
    const text = JSON.stringify(sampleReview()).replace(
      '"oldObject":null',
      '"oldObject":null,"\\u006fbject":{"metadata":{"name":"second"}}',
    );
    const request = decode(text);
    expect(request.object).toEqual({ metadata: { name: "second" } });
    expect(request.texts.object).toBe('{"metadata":{"name":"second"}}');
    expect(request.texts.head).not.toContain("bject");
  });

  test("with half a surrogate pair holds U+FFFD instead, in value and in text", () => {
    const text = JSON.stringify(sampleReview({ object: { a: "HALF" } })).replace("HALF", "\\ud800");
    const request = decode(text);
    expect(request.object).toEqual({ a: "\ufffd" });
    expect(request.texts.object).toBe('{"a":"\\ufffd"}');
  });

  test("whose `request` is there twice means the last one", () => {
    const request = JSON.stringify(sampleReview()["request"]);
    expect(decode(reviewOf("5", request)).uid).toBe("u-1");
    expect(decode(reviewOf(request.replace("u-1", "u-2"), request)).uid).toBe("u-1");
    expect(refusal(encoder.encode(reviewOf(request, "5")))?.code).toBe("REVIEW_INVALID");
  });

  test("gives its objects as values, made once, also as parts of a copy", () => {
    const oldObject = { metadata: { name: "old" } };
    const request = decode(sampleReview({ operation: "UPDATE", oldObject }));
    expect(request.object).toBe(request.object);
    expect({ ...request }.oldObject).toEqual(oldObject);
  });

  test("is read after bytes that are none", () => {
    expect(refusal(new Uint8Array([0x7b, 0xe2, 0x82]))?.code).toBe("REVIEW_INVALID");
    expect(decode(sampleReview()).uid).toBe("u-1");
  });

  test("treats `__proto__` as a key like any other", () => {
    const text = JSON.stringify(sampleReview()).replace('"dryRun":false', '"__proto__":{"dryRun":true}');
    expect(decode(text).dryRun).toBe(false);
  });
});

function without(key: string): object {
  return sampleReview({ [key]: undefined });
}

test.each<[string, Uint8Array | string | object, RegExp]>([
  ["no bytes", "", /no JSON/],
  ["bytes that are not UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]), /not UTF-8/],
  ["half a surrogate pair as bytes", new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), /not UTF-8/],
  ["a byte order mark", `\ufeff${JSON.stringify(sampleReview())}`, /no JSON/],
  ["text that is not JSON", "apiVersion: admission.k8s.io/v1", /no JSON/],
  ["a review cut short", JSON.stringify(sampleReview()).slice(0, -1), /no JSON/],
  ["a review with something after it", `${JSON.stringify(sampleReview())}{}`, /no JSON/],
  ["null", "null", /expected object/],
  ["an array", [sampleReview()], /expected object/],
  [
    "v1beta1",
    { ...sampleReview(), apiVersion: "admission.k8s.io/v1beta1" },
    /admission\.k8s\.io\/v1.*apiVersion/,
  ],
  ["another kind", { ...sampleReview(), kind: "Pod" }, /AdmissionReview.*kind/],
  [
    "a response",
    { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: { uid: "u", allowed: true } },
    /request/,
  ],
  ["a request that is null", { ...sampleReview(), request: null }, /request/],
  ["a request without uid", without("uid"), /request\.uid/],
  ["a request with an empty uid", sampleReview({ uid: "" }), /request\.uid/],
  ["a request without kind", without("kind"), /request\.kind/],
  ["a request without resource", without("resource"), /request\.resource/],
  [
    "a resource without a name",
    sampleReview({ resource: { group: "", version: "v1", resource: "" } }),
    /request\.resource/,
  ],
  ["a request without operation", without("operation"), /request\.operation/],
  ["an unknown operation", sampleReview({ operation: "PATCH" }), /CREATE.*request\.operation/],
  ["an object that is a list", sampleReview({ object: [] }), /must be an object or null.*request\.object/],
  ["an object that is text", sampleReview({ object: "{}" }), /request\.object/],
  ["an old object that is a list", sampleReview({ oldObject: [] }), /request\.oldObject/],
  ["groups that are no list", sampleReview({ userInfo: { groups: "a" } }), /request\.userInfo\.groups/],
  [
    "groups that are no strings",
    sampleReview({ userInfo: { groups: ["a", 1] } }),
    /must be a list of strings.*request\.userInfo\.groups/,
  ],
  ["dryRun that is text", sampleReview({ dryRun: "true" }), /request\.dryRun/],
])("%s is REVIEW_INVALID, and the message says why", (_name, body, why) => {
  const bytes =
    body instanceof Uint8Array
      ? body
      : encoder.encode(typeof body === "string" ? body : JSON.stringify(body));
  const error = refusal(bytes);
  expect(error?.code).toBe("REVIEW_INVALID");
  expect(error?.message).toMatch(why);
  expect(error?.message).not.toContain("\n");
});

test("a million wrong groups make one short message", () => {
  const error = refusal(
    encoder.encode(JSON.stringify(sampleReview({ userInfo: { groups: Array(1e6).fill(1) } }))),
  );
  expect(error?.message.length).toBeLessThan(400);
});

test.each(["object", "oldObject", "options"])(
  "nesting beyond the limit in `%s` is REVIEW_TOO_DEEP",
  (key) => {
    const nested = (depth: number): Uint8Array =>
      encoder.encode(
        JSON.stringify(sampleReview({ [key]: "DEEP" })).replace(
          '"DEEP"',
          `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`,
        ),
      );
    expect(refusal(nested(20_000))?.code).toBe("REVIEW_TOO_DEEP");
    expect(refusal(nested(MAX_DEPTH - 2))).toBeUndefined();
  },
);

test("nesting beyond the limit beside the request is REVIEW_TOO_DEEP, if nothing worse is wrong", () => {
  const deep = `{"a":${"[".repeat(MAX_DEPTH)}${"]".repeat(MAX_DEPTH)}}`;
  const review = JSON.stringify({ ...sampleReview(), beside: "DEEP" }).replace('"DEEP"', deep);
  expect(refusal(encoder.encode(review))?.code).toBe("REVIEW_TOO_DEEP");
  expect(refusal(encoder.encode(review.replace("u-1", "")))?.code).toBe("REVIEW_INVALID");
  expect(refusal(encoder.encode(review.slice(0, -1)))?.code).toBe("REVIEW_INVALID");
});

const VALID = encoder.encode(
  JSON.stringify(sampleReview({ object: { metadata: { name: "é😀", labels: { a: '\\"' } } } })),
);

function same(text: string | null | undefined, value: unknown): boolean {
  return JSON.stringify(JSON.parse(text ?? "null")) === JSON.stringify(value);
}

/** What is wrong with the way in which some bytes are read, or nothing. */
function fault(body: Uint8Array): string | undefined {
  const error = refusal(body);
  if (error !== undefined) return error.code.startsWith("REVIEW_") ? undefined : error.code;
  const { texts, object, oldObject, uid, operation } = decodeReview(body);
  const head = jsonObject(texts.head);
  if (head["uid"] !== uid || head["operation"] !== operation) return "the head is that of another request";
  return same(texts.object, object) && same(texts.oldObject, oldObject)
    ? undefined
    : "texts and values differ";
}

describe("whatever the bytes are, there is a request or a PortcullisError of a review", () => {
  test("for arbitrary bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (body) => expect(fault(body)).toBeUndefined()));
  });

  test("for a valid review with some bytes replaced", () => {
    const byte = fc.oneof(fc.nat(255), fc.constantFrom(...encoder.encode('{}[]",:\\ 0nul')));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(VALID.length - 1), byte), { maxLength: 4 }), (changes) => {
        const body = VALID.slice();
        for (const [at, value] of changes) body[at] = value;
        expect(fault(body)).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });

  test("and no JSON is what JSON.parse says is none", () => {
    const text = new TextDecoder().decode(VALID);
    const mark = fc.constantFrom(...'{}[]",:\\ 0-.en'.split(""), "true", '"a":', "\u0001");
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(3), mark, (at, removed, put) => {
        const changed = `${text.slice(0, at)}${put}${text.slice(at + removed)}`;
        const isJson = ((): boolean => {
          try {
            return JSON.parse(changed) !== undefined;
          } catch {
            return false;
          }
        })();
        const error = refusal(encoder.encode(changed));
        expect(error?.message.includes("it is no JSON") ?? false).toBe(!isJson);
      }),
      { numRuns: 3_000 },
    );
  });

  test("for a valid review cut anywhere", () => {
    for (const at of VALID.keys()) expect(refusal(VALID.subarray(0, at))?.code).toBe("REVIEW_INVALID");
  });

  test("for a valid review with any value in any place", () => {
    const keys = Object.keys(jsonObject(JSON.stringify(sampleReview()["request"])));
    fc.assert(
      fc.property(
        fc.constantFrom(...keys, "options"),
        fc.jsonValue(),
        fc.constantFrom(0, 2),
        (key, value, space) => {
          const body = encoder.encode(JSON.stringify(sampleReview({ [key]: value }), undefined, space));
          expect(fault(body)).toBeUndefined();
        },
      ),
      { numRuns: 500 },
    );
  });
});

test("what is told of a body that is no JSON quotes nothing of it: it may be a Secret's", () => {
  const secret = "hunter2";
  for (const text of [
    `{"password": ${secret}}`,
    `{"a": "${secret}`,
    secret,
    `{"${secret}" 1}`,
    `["${secret}",]`,
  ]) {
    const error = refusal(new TextEncoder().encode(text));
    expect(error?.code).toBe("REVIEW_INVALID");
    expect(`${error?.message} ${error?.remedy} ${String(error?.cause)}`).not.toContain(secret);
  }
});
