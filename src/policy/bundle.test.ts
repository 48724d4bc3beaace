import { describe, expect, test } from "@jest/globals";
import { REVISION, samplePolicy } from "../../test/samples.ts";
import { PortcullisError } from "../error.ts";
import { parseBundle } from "./bundle.ts";

const WASM = new Uint8Array([0, 97, 115, 109]);
const POLICY = samplePolicy("a/b");
const MANIFEST = {
  revision: REVISION,
  roots: [""],
  wasm: [{ entrypoint: "a/b/deny", module: "/policy.wasm" }],
  metadata: { portcullis: { version: 1, policies: [POLICY] } },
};

function files(entries: Record<string, unknown>): Map<string, Uint8Array<ArrayBuffer>> {
  return new Map(
    Object.entries(entries).map(([path, value]) => [
      path,
      value instanceof Uint8Array
        ? new Uint8Array(value)
        : new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value)),
    ]),
  );
}

test("a bundle gives its revision, its policies, its module and the exact text of its data", () => {
  const data = '{"n":12345678901234567890}';
  expect(
    parseBundle(files({ "policy.wasm": WASM, ".manifest": MANIFEST, "data.json": data }), "b.tar.gz"),
  ).toEqual({
    revision: REVISION,
    policies: [POLICY],
    wasm: WASM,
    data: new TextEncoder().encode(data),
  });
});

test("a bundle without data has an empty object", () => {
  expect(parseBundle(files({ "policy.wasm": WASM, ".manifest": MANIFEST }), "b.tar.gz").data).toEqual(
    new TextEncoder().encode("{}"),
  );
});

describe("refused, with the file and the reason, is a bundle", () => {
  function withPolicy(difference: Record<string, unknown>): unknown {
    return {
      ...MANIFEST,
      metadata: { portcullis: { version: 1, policies: [{ ...POLICY, ...difference }] } },
    };
  }

  test.each<[string, Record<string, unknown>, RegExp]>([
    ["without a module", { ".manifest": MANIFEST }, /no policy\.wasm/],
    ["without a manifest", { "policy.wasm": WASM }, /no \.manifest/],
    ["whose manifest is no JSON", { "policy.wasm": WASM, ".manifest": "{" }, /no JSON/],
    [
      "that `opa build` made alone",
      { "policy.wasm": WASM, ".manifest": { revision: "", roots: [""] } },
      /revision.*metadata/s,
    ],
    [
      "without a content hash",
      { "policy.wasm": WASM, ".manifest": { ...MANIFEST, revision: "v1" } },
      /revision/,
    ],
    [
      "of a later version",
      {
        "policy.wasm": WASM,
        ".manifest": { ...MANIFEST, metadata: { portcullis: { version: 2, policies: [] } } },
      },
      /version/,
    ],
    [
      "with an id that is none",
      { "policy.wasm": WASM, ".manifest": withPolicy({ id: "b" }) },
      /policies\[0\]\.id/,
    ],
    [
      "with a rule that is none",
      { "policy.wasm": WASM, ".manifest": withPolicy({ entrypoints: { allow: "a/b/allow" } }) },
      /entrypoints/,
    ],
    [
      "with a contract that is none",
      { "policy.wasm": WASM, ".manifest": withPolicy({ contract: "raw" }) },
      /contract/,
    ],
    ["with more than a policy has", { "policy.wasm": WASM, ".manifest": withPolicy({ extra: 1 }) }, /extra/],
  ])("%s", (_name, entries, why) => {
    expect(() => parseBundle(files(entries), "b.tar.gz")).toThrow(PortcullisError);
    expect(() => parseBundle(files(entries), "b.tar.gz")).toThrow(
      expect.objectContaining({
        code: "BUNDLE_FOREIGN",
        message: expect.stringMatching(why),
        position: { file: "b.tar.gz" },
      }),
    );
  });
});
