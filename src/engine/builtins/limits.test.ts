import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import type { EvaluationCall } from "../engine.ts";
import { valueToRego } from "../format.ts";
import { parseValue } from "../parse.ts";
import { RegoNumber, RegoObject, RegoSet, type RegoValue } from "../value.ts";
import { LimitReached } from "./limit-reached.ts";
import { BUILTINS } from "./registry.ts";

const CALL: EvaluationCall = { now: 1_800_000_000_000_000_000n, seed: "" };

function call(name: string, ...args: readonly RegoValue[]): RegoValue | undefined {
  const builtin = BUILTINS.get(name);
  if (builtin === undefined) throw new Error(`There is no ${name}.`);
  return builtin(args, CALL);
}

const rego = (text: string): RegoValue => parseValue(text);

describe("what OPA would compute for minutes, or without end, is refused", () => {
  test("net.cidr_expand of more than a /16, but not of a /16", () => {
    expect(() => call("net.cidr_expand", "10.0.0.0/15")).toThrow(LimitReached);
    expect(() => call("net.cidr_expand", "::/0")).toThrow(LimitReached);
    const addresses = call("net.cidr_expand", "10.1.0.0/16");
    expect(addresses instanceof RegoSet ? addresses.items.length : 0).toBe(65_536);
  });

  test("numbers.range_step over more than a million numbers", () => {
    expect(() =>
      call("numbers.range_step", ...["0", "1e300", "1"].map((text) => new RegoNumber(text))),
    ).toThrow(LimitReached);
    expect(() =>
      call("numbers.range_step", ...["0", "1e9999", "1"].map((text) => new RegoNumber(text))),
    ).toThrow(LimitReached);
    const range = call("numbers.range_step", ...["0", "1e300", "5e299"].map((text) => new RegoNumber(text)));
    expect(range === undefined ? [] : valueToRego(range).length).toBeGreaterThan(600);
  });

  test("graph.reachable_paths of a graph with millions of paths", () => {
    const nodes = Array.from({ length: 40 }, (_, index) => `n${String(index).padStart(2, "0")}`);
    const graph = new RegoObject(nodes.map((node) => [node, nodes]));
    expect(() => call("graph.reachable_paths", graph, [nodes[0] ?? ""])).toThrow(LimitReached);
  });

  test("graph.reachable_paths along more than a thousand nodes", () => {
    const chain = Array.from({ length: 20_000 }, (_, index) => new RegoNumber(String(index)));
    const graph = new RegoObject(chain.map((node, index) => [node, chain.slice(index + 1, index + 2)]));
    expect(() => call("graph.reachable_paths", graph, chain.slice(0, 1))).toThrow(LimitReached);
    expect(call("graph.reachable_paths", graph, chain.slice(19_999))).toBeDefined();
  });

  test("regex.globs_match of two globs full of stars", () => {
    expect(() =>
      call("regex.globs_match", `${"[bc]*a".repeat(20)}cb`, `${"b*a[ab]*".repeat(20)}b+[ab]+`),
    ).toThrow(LimitReached);
  });

  test("regex.replace of a great pattern in a long text", () => {
    expect(() => call("regex.replace", "a".repeat(1_000_000), "(a{500}){2}x", "y")).toThrow(LimitReached);
    expect(call("regex.replace", "a".repeat(1_000), "a", "b")).toBe("b".repeat(1_000));
  });

  test("net.cidr_contains_matches of more than a million pairs", () => {
    const cidrs = Array.from({ length: 1_001 }, () => "10.0.0.0/8");
    expect(() => call("net.cidr_contains_matches", cidrs, cidrs)).toThrow(LimitReached);
  });

  test.each([
    ["a range over two million", "{{range 2000000}}{{end}}"],
    ["a text that is written a million times", "{{range 1000000}}{{$.text}}{{end}}"],
    ["a text that is looked at a million times", "{{range 900000}}{{$x := len $.text}}{{end}}"],
    ["a template that calls itself", '{{define "a"}}{{template "a"}}{{end}}{{template "a"}}'],
    ["parentheses in parentheses", `{{${"(".repeat(100_000)}1${")".repeat(100_000)}}}`],
    ["blocks in blocks", `${"{{if 1}}".repeat(100_000)}${"{{end}}".repeat(100_000)}`],
    ["one condition after the other", `{{if 0}}${"{{else if 0}}".repeat(100_000)}{{end}}`],
  ])("strings.render_template of %s", (_, template) => {
    const variables = new RegoObject([["text", "x".repeat(1_000)]]);
    expect(() => call("strings.render_template", template, variables)).toThrow(LimitReached);
  });

  test("strings.render_template, but not of a long text, or a loop over many items", () => {
    const items = Array.from({ length: 100_000 }, () => "x");
    const text = call(
      "strings.render_template",
      `${"y".repeat(1_000_000)}{{range .items}}{{.}}{{end}}`,
      new RegoObject([["items", items]]),
    );
    expect(text).toBe("y".repeat(1_000_000) + "x".repeat(100_000));
  });

  test("yaml.unmarshal of a few lines whose aliases make billions of nodes", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 12; level += 1) {
      const aliases = Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ");
      lines.push(`a${level}: &a${level} [${aliases}]`);
    }
    expect(() => call("yaml.unmarshal", lines.join("\n"))).toThrow(LimitReached);
    expect(call("yaml.unmarshal", "a: &a [*a]")).toBeUndefined();
  });
});

describe("signatures that are another each time", () => {
  test.each([
    ["ES256", () => generateKeyPairSync("ec", { namedCurve: "P-256" })],
    ["ES512", () => generateKeyPairSync("ec", { namedCurve: "P-521" })],
    ["PS384", () => generateKeyPairSync("rsa", { modulusLength: 2048 })],
  ] as const)("of %s can be verified, and not by another key", (alg, makeKeys) => {
    const { privateKey, publicKey } = makeKeys();
    const key = rego(JSON.stringify(privateKey.export({ format: "jwk" })));
    const token = call("io.jwt.encode_sign", rego(`{"alg": "${alg}"}`), rego('{"a": 1}'), key) ?? null;
    const verify = (open: KeyObject): RegoValue | undefined =>
      call(
        `io.jwt.verify_${alg.toLowerCase()}`,
        token,
        String(open.export({ format: "pem", type: "spki" })).trim(),
      );
    expect(verify(publicKey)).toBe(true);
    expect(verify(makeKeys().publicKey)).toBe(false);
  });
});

/** A token signed with the word `secret`. */
function signed(claims: string): RegoValue {
  const key = rego('{"kty": "oct", "k": "c2VjcmV0"}');
  return call("io.jwt.encode_sign", rego('{"alg": "HS256"}'), rego(claims), key) ?? null;
}

function isAccepted(claims: string): boolean {
  const result = call("io.jwt.decode_verify", signed(claims), rego('{"secret": "secret"}'));
  return result !== undefined && valueToRego(result).startsWith("[true");
}

describe("a token", () => {
  test("is judged at the time of the request", () => {
    expect(isAccepted('{"exp": 1799999999}')).toBe(false);
    expect(isAccepted('{"exp": 1800000001}')).toBe(true);
    expect(isAccepted('{"nbf": 1800000001}')).toBe(false);
    expect(isAccepted('{"nbf": 1800000000}')).toBe(true);
  });

  test("cannot be signed with a public key taken for a secret", () => {
    const key = '{"kty": "RSA", "n": "AQAB", "e": "AQAB"}';
    const token = signed("{}");
    const result = call("io.jwt.decode_verify", token, new RegoObject([["cert", key]]));
    expect(result === undefined ? "undefined" : valueToRego(result)).toBe("[false, {}, {}]");
  });
});

test("texts of one character a million times take no longer than others", () => {
  const quotes = Buffer.from(`${'"'.repeat(1_000_000)}x${'"'.repeat(1_000_000)}`).toString("base64url");
  const header = Buffer.from('{"cty": "JWT"}').toString("base64url");
  expect(call("io.jwt.decode", `${header}.${quotes}.`)).toBeUndefined();
  expect(call("crypto.x509.parse_certificates", "-----BEGIN a:-----\n".repeat(50_000))).toEqual([]);
  expect(call("time.parse_duration_ns", `${"0".repeat(1_000_000)}1s`)).toEqual(new RegoNumber("1000000000"));
});

test("the casts of version 0 tell types apart", () => {
  expect(call("cast_array", new RegoSet(["a"]))).toEqual(["a"]);
  expect(call("cast_set", ["b", "a", "b"])).toEqual(new RegoSet(["a", "b"]));
  expect(call("cast_set", "a")).toBeUndefined();
  expect(call("cast_null", null)).toBeNull();
  expect(call("cast_string", null)).toBeUndefined();
  expect(call("cast_boolean", false)).toBe(false);
  expect(call("cast_object", [])).toBeUndefined();
});

test("bytes that are no text are refused, since they cannot enter WebAssembly", () => {
  expect(() => call("hex.decode", "ff")).toThrow(LimitReached);
  expect(() => call("urlquery.decode", "%ff")).toThrow(LimitReached);
  expect(() => call("uri.parse", "/%ff")).toThrow(LimitReached);
});

test("json.patch looks for items where earlier operations left them", () => {
  const patches = rego(
    '[{"op": "add", "path": "/0", "value": "x"}, {"op": "test", "path": "/1", "value": "a"}]',
  );
  expect(call("json.patch", ["a", "b"], patches)).toEqual(["x", "a", "b"]);
});

test("names that every JavaScript object has are no units, zones or operations", () => {
  for (const name of ["constructor", "__proto__", "toString"]) {
    expect(call("time.parse_duration_ns", `1${name}`)).toBeUndefined();
    expect(call("time.clock", [new RegoNumber("0"), name])).toBeUndefined();
    expect(call("json.patch", rego("{}"), rego(`[{"op": "${name}", "path": "/a"}]`))).toBeUndefined();
    expect(call("time.format", [new RegoNumber("0"), "UTC", name])).toBe(name);
  }
});
