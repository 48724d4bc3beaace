// oxlint-disable unicorn/consistent-function-scoping -- what one test needs stands beside it
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { jsonObjects, objectOf, patchObjects, regoValue } from "../../../test/patch-samples.ts";
import { jsonObject, sampleBinding, sampleBound, samplePolicy } from "../../../test/samples.ts";
import { compare } from "../../engine/compare.ts";
import type { RegoValue } from "../../engine/value.ts";
import { PortcullisError } from "../../error.ts";
import type { JsonObject } from "../../policy/json.ts";
import { bindPolicies, type BoundPolicy } from "../bound-policy.ts";
import { applyPatch } from "./apply.ts";
import { isHeld } from "./hold.ts";
import { ObjectVersion } from "./object-version.ts";
import { settle, type SettleContext, type Settled } from "./settle.ts";

/** What a `patch` rule gives for an object as it is now. */
type Rule = (object: JsonObject) => readonly object[];
type Rules = Readonly<Record<string, Rule>>;

const FAILED = new PortcullisError("EVALUATION_FAILED", { message: "it failed", remedy: "mend it" });

const set = (path: string, value: unknown) => ({ op: "add", path, value });

function bound(id: string, spec: Record<string, unknown> = {}): BoundPolicy {
  return sampleBound(
    samplePolicy(id, { entrypoints: { patch: `${id}/patch` } }),
    sampleBinding(`b-${id.replace("/", "-")}`, { policies: [id], ...spec }),
  );
}

/** An update that leaves the template as it is. */
const UNTOUCHED = {
  operation: "UPDATE",
  resource: { group: "apps", version: "v1", resource: "deployments" },
  subResource: "",
  object: new ObjectVersion("{}"),
  oldObject: new ObjectVersion("{}"),
} as const;

function context(rules: Rules, frozen = false): SettleContext {
  return {
    run: ({ policy }, version) => patchObjects(...(rules[policy.id]?.(jsonObject(version.text)) ?? [])),
    isHeld: (before, after) => frozen && isHeld(UNTOUCHED, before, after),
    seconds: () => 0.5,
  };
}

function settled(
  came: unknown,
  rules: Rules,
  {
    specs = {},
    frozen = false,
  }: { readonly specs?: Readonly<Record<string, Record<string, unknown>>>; readonly frozen?: boolean } = {},
): Settled {
  const matches = Object.keys(rules)
    .sort()
    .map((id) => ({ bound: bound(id, specs[id]), match: { kind: "match" } as const }));
  return settle(matches, new ObjectVersion(JSON.stringify(came)), context(rules, frozen));
}

function object(result: Settled): unknown {
  return JSON.parse(result.version.text);
}

/** Each policy with what it came to; of an error, its code. */
function ends({ mutations }: Settled): Readonly<Record<string, string>> {
  return Object.fromEntries(
    mutations.map((each) => [each.policy, each.kind === "error" ? each.error.code : each.kind]),
  );
}

function errorText(result: Settled, policy: string): string {
  const found = result.mutations.find((each) => each.policy === policy);
  return found?.kind === "error" ? `${found.error.message} ${found.error.remedy}` : "";
}

describe("the policies that match", () => {
  test("leave an object alone that is as they want it", () => {
    const result = settled({ a: 1 }, { "p/a": () => [set("/a", 1)], "p/b": () => [] });
    expect(result.patch).toEqual([]);
    expect(result.version.text).toBe('{"a":1}');
    expect(result.mutations).toEqual([
      { policy: "p/a", binding: "b-p-a", seconds: 0.5, kind: "unchanged" },
      { policy: "p/b", binding: "b-p-b", seconds: 0.5, kind: "unchanged" },
    ]);
  });

  test("see each what those before it made, in the order of their ids", () => {
    const result = settled(
      {},
      { "p/b": ({ a }) => (a === 1 ? [set("/b", 2)] : []), "p/a": () => [set("/a", 1)] },
    );
    expect(JSON.stringify(result.patch)).toBe(
      '[{"op":"add","path":"/a","value":1},{"op":"add","path":"/b","value":2}]',
    );
  });

  test("come to rest over three rounds", () => {
    const after =
      (path: string, before: string): Rule =>
      (now) =>
        Object.hasOwn(now, before) ? [set(path, 1)] : [];
    const result = settled(
      {},
      { "p/a": after("/c", "b"), "p/b": after("/b", "a"), "p/c": () => [set("/a", 1)] },
    );
    expect(object(result)).toEqual({ a: 1, b: 1, c: 1 });
    expect(ends(result)).toEqual({ "p/a": "patched", "p/b": "patched", "p/c": "patched" });
  });

  test("may override what an earlier one set, if that then stays quiet", () => {
    const result = settled(
      {},
      { "p/a": () => [{ op: "default", path: "/a", value: 1 }], "p/b": () => [set("/a", 2)] },
    );
    expect(object(result)).toEqual({ a: 2 });
    expect(ends(result)).toEqual({ "p/a": "patched", "p/b": "patched" });
  });

  test("run once for each version of the object", () => {
    const seen: string[] = [];
    const rule =
      (id: string, ...patches: readonly object[]): Rule =>
      (now) => {
        seen.push(`${id} ${JSON.stringify(now)}`);
        return patches;
      };
    settled({}, { "p/a": rule("a", set("/a", 1)), "p/b": rule("b"), "p/c": rule("c", set("/c", 1)) });
    expect(seen).toEqual([
      "a {}",
      'b {"a":1}',
      'c {"a":1}',
      'a {"a":1,"c":1}',
      'b {"a":1,"c":1}',
      'c {"a":1,"c":1}',
    ]);
  });
});

describe("policies that never leave the object at rest", () => {
  const fighters = { "p/b": () => [set("/f", "b")], "p/c": () => [set("/f", "c")] };

  test("are both named and left out, and one that only set the field first stays", () => {
    const byDefault: Rule = () => [{ op: "default", path: "/f", value: "a" }, set("/g", 1)];
    const result = settled({}, { "p/a": byDefault, ...fighters });
    expect(ends(result)).toEqual({ "p/a": "patched", "p/b": "PATCH_CONFLICT", "p/c": "PATCH_CONFLICT" });
    expect(object(result)).toEqual({ f: "a", g: 1 });
    expect(errorText(result, "p/b")).toMatch(
      /p\/b \(PolicyBinding b-p-b\) come to no end together with p\/c .*: after 2 rounds \/f still changes/,
    );
    expect(errorText(result, "p/c")).toMatch(/together with p\/b/);
  });

  test("are those that change a place above or below it, and no others", () => {
    const above: Rule = ({ f }) => (JSON.stringify(f) === '{"x":1}' ? [] : [set("/f", { x: 1 })]);
    const below: Rule = () => [set("/f/y", 2)];
    const beside: Rule = ({ n = 0 }) => (n === 3 ? [] : [set("/n", Number(n) + 1)]);
    const result = settled({}, { "p/a": above, "p/b": below, "p/c": beside });
    expect(ends(result)).toEqual({ "p/a": "PATCH_CONFLICT", "p/b": "PATCH_CONFLICT", "p/c": "patched" });
    expect(object(result)).toEqual({ n: 3 });
  });

  test("may be one alone, whose list grows", () => {
    const result = settled({ l: [] }, { "p/a": () => [set("/l/-", "x")], "p/b": () => [set("/b", 1)] });
    expect(ends(result)).toEqual({ "p/a": "PATCH_CONFLICT", "p/b": "patched" });
    expect(object(result)).toEqual({ b: 1, l: [] });
    expect(errorText(result, "p/a")).toMatch(/by itself: after 16 rounds \/l still changes.*p\/a\.rego/);
  });

  test("are alone to blame if they come to no rest by themselves, not who follows them", () => {
    const fill: Rule = ({ l }) =>
      (Array.isArray(l) ? l : []).map((_, index) => ({ op: "default", path: `/l/${index}/cpu`, value: "1" }));
    const result = settled({ l: [{}] }, { "p/a": fill, "p/b": () => [set("/l/-", {})], "p/c": fill });
    expect(ends(result)).toEqual({ "p/a": "patched", "p/b": "PATCH_CONFLICT", "p/c": "unchanged" });
    expect(object(result)).toEqual({ l: [{ cpu: "1" }] });
  });

  test("are not those that wait for each other round by round", () => {
    const chain = Object.fromEntries(
      Array.from({ length: 12 }, (_, index): [string, Rule] => [
        `p/c${String(index).padStart(2, "0")}`,
        (now) => (Object.hasOwn(now, `l${index + 1}`) ? [set(`/l${index}`, 1)] : []),
      ]),
    );
    const result = settled({ l12: 1 }, chain);
    expect(new Set(Object.values(ends(result)))).toEqual(new Set(["patched"]));
    expect(Object.keys(jsonObject(result.version.text))).toHaveLength(13);
  });

  test("may exchange two items of a list", () => {
    const exchange: Rule = () => [{ op: "move", from: "/l/0", path: "/l/1" }];
    expect(ends(settled({ l: [1, 2] }, { "p/a": exchange }))).toEqual({ "p/a": "PATCH_CONFLICT" });
  });

  test("are found among ten thousand members without comparing each with each", () => {
    const labels =
      (value: string): Rule =>
      () =>
        Array.from({ length: 5_000 }, (_, index) => set(`/l/k${index}`, value));
    const result = settled({ l: {} }, { "p/a": labels("a"), "p/b": labels("b") });
    expect(ends(result)).toEqual({ "p/a": "PATCH_CONFLICT", "p/b": "PATCH_CONFLICT" });
    expect(errorText(result, "p/a")).toMatch(/\/l\/k0, \/l\/k1, \/l\/k10 and 4997 more still/);
  });
});

describe("a policy that fails", () => {
  const failsOnce =
    (when: string): Rule =>
    (now) => {
      if (Object.hasOwn(now, when)) throw FAILED;
      return [set("/mine", 1)];
    };

  test("in the second round loses its patches of the first, and others see none of them", () => {
    const seen: Rule = ({ mine }) => (mine === undefined ? [] : [set("/seen", 1)]);
    const result = settled({}, { "p/a": failsOnce("b"), "p/b": () => [set("/b", 1)], "p/c": seen });
    expect(ends(result)).toEqual({ "p/a": "EVALUATION_FAILED", "p/b": "patched", "p/c": "unchanged" });
    expect(object(result)).toEqual({ b: 1 });
  });

  test("does not hinder the others", () => {
    const result = settled(
      {},
      { "p/a": () => [{ op: "replace", path: "/x", value: 1 }, set("/y", 1)], "p/b": () => [set("/b", 1)] },
    );
    expect(ends(result)).toEqual({ "p/a": "PATCH_INVALID", "p/b": "patched" });
    expect(object(result)).toEqual({ b: 1 });
    expect(errorText(result, "p/a")).toMatch(/none of them was applied: there is nothing at \/x.*p\/a\.rego/);
  });

  test("with something that is no patch object says so", () => {
    const result = settled({}, { "p/a": () => [{ op: "test", path: "" }] });
    expect(ends(result)).toEqual({ "p/a": "RESULT_SHAPE" });
    expect(errorText(result, "p/a")).toMatch(/rule patch of p\/a .*`op` is "test"/);
  });

  test.each<[string, Record<string, unknown>, boolean]>([
    ["does not block by default", {}, false],
    ["blocks if its binding says Fail", { failurePolicy: "Fail" }, true],
    ["blocks under warn too, if its binding says Fail", { failurePolicy: "Fail", enforcement: "warn" }, true],
    ["never blocks under audit", { failurePolicy: "Fail", enforcement: "audit" }, false],
  ])("%s", (_name, spec, blocks) => {
    const result = settled(
      {},
      {
        "p/a": () => {
          throw FAILED;
        },
      },
      { specs: { "p/a": spec } },
    );
    expect(result.mutations).toEqual([
      { policy: "p/a", binding: "b-p-a", seconds: 0.5, kind: "error", error: FAILED, blocks },
    ]);
  });

  test("through a fault of Portcullis is not hidden", () => {
    expect(() =>
      settled(
        {},
        {
          "p/a": () => {
            throw new TypeError("fault");
          },
        },
      ),
    ).toThrow(TypeError);
  });

  test("to match for all one can tell is an error, and is not run", () => {
    const error = new PortcullisError("NAMESPACE_UNKNOWN", { message: "m", remedy: "r" });
    const result = settle(
      [{ bound: bound("p/a"), match: { kind: "unknown", error } }],
      new ObjectVersion("{}"),
      context({ "p/a": () => [set("/a", 1)] }),
    );
    expect(result).toMatchObject({ patch: [], mutations: [{ kind: "error", error, blocks: false }] });
  });
});

describe("patches of a pod template", () => {
  const workload = { spec: { template: { spec: {} } } };
  const touches: Rule = () => [set("/spec/template/spec/x", 1), set("/y", 1)];
  const cron: Rule = () => [set("/spec/jobTemplate/x", 1)];

  test("are held back with all others of the policy while templates are frozen", () => {
    const result = settled(
      workload,
      { "p/a": touches, "p/b": cron, "p/c": () => [set("/z", 1)] },
      { frozen: true },
    );
    expect(ends(result)).toEqual({ "p/a": "held", "p/b": "held", "p/c": "patched" });
    expect(object(result)).toEqual({ ...workload, z: 1 });
  });

  test("that come in the second round take those of the first with them", () => {
    const later: Rule = ({ z }) => (z === undefined ? [set("/y", 1)] : [set("/spec/template/x", 1)]);
    const result = settled(workload, { "p/a": later, "p/b": () => [set("/z", 1)] }, { frozen: true });
    expect(ends(result)).toEqual({ "p/a": "held", "p/b": "patched" });
    expect(object(result)).toEqual({ ...workload, z: 1 });
  });

  test("that change nothing are not held", () => {
    const result = settled(
      workload,
      { "p/a": () => [set("/spec/template/spec", {}), set("/y", 1)] },
      { frozen: true },
    );
    expect(ends(result)).toEqual({ "p/a": "patched" });
  });

  test("are applied otherwise", () => {
    expect(object(settled(workload, { "p/a": touches }))).toEqual({
      spec: { template: { spec: { x: 1 } } },
      y: 1,
    });
  });
});

describe("under enforcement audit", () => {
  const specs = { "p/a": { enforcement: "audit" } };

  test("a policy tells what it would do to the object at rest, and does nothing", () => {
    const result = settled(
      {},
      { "p/a": ({ b }) => (b === 1 ? [set("/a", 1)] : []), "p/b": () => [set("/b", 1)] },
      { specs },
    );
    expect(ends(result)).toEqual({ "p/a": "audited", "p/b": "patched" });
    expect(object(result)).toEqual({ b: 1 });
  });

  test("a policy that would change nothing is unchanged, and one that would be held is held", () => {
    expect(ends(settled({}, { "p/a": () => [] }, { specs }))).toEqual({ "p/a": "unchanged" });
    const template: Rule = () => [set("/spec/template/x", 1)];
    expect(ends(settled({}, { "p/a": template }, { specs, frozen: true }))).toEqual({ "p/a": "held" });
  });

  test("a policy never fights", () => {
    const result = settled({}, { "p/a": () => [set("/f", 1)], "p/b": () => [set("/f", 2)] }, { specs });
    expect(ends(result)).toEqual({ "p/a": "audited", "p/b": "patched" });
  });
});

describe("refused is", () => {
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "a", namespace: "n", uid: "u" } };

  test.each([
    ["/kind", "kind"],
    ["/metadata/name", "metadata.name"],
    ["/metadata/namespace", "metadata.namespace"],
    ["/metadata/uid", "metadata.uid"],
  ])("another identity: %s", (path, member) => {
    const result = settled(pod, { "p/a": () => [set(path, "x"), set("/b", 1)] });
    expect(ends(result)).toEqual({ "p/a": "PATCH_INVALID" });
    expect(errorText(result, "p/a")).toContain(`would change ${member}`);
    expect(object(result)).toEqual(pod);
  });

  test("an object that doubles with every copy, without making it", () => {
    const copies: Rule = () =>
      Array.from({ length: 9_999 }, (_, index) => ({ op: "copy", from: "/d", path: `/c${index}` }));
    const result = settled({ d: "x".repeat(100_000) }, { "p/a": copies });
    expect(ends(result)).toEqual({ "p/a": "PATCH_INVALID" });
    expect(errorText(result, "p/a")).toMatch(/larger or nested deeper/);
  });

  test("an object of which each of twelve policies doubles the size", () => {
    const doubles: Rule = () => [{ op: "copy", from: "/d", path: "/d/x" }, set("/d/s", "x".repeat(100_000))];
    const rules = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`p/a${index + 10}`, doubles]));
    const result = settled({ d: {} }, rules);
    expect(new Set(Object.values(ends(result)))).toEqual(new Set(["PATCH_CONFLICT", "PATCH_INVALID"]));
    expect(result.patch).toEqual([]);
  });

  test("an object that is nested too deep to be patched", () => {
    const deep = '{"a":'.repeat(1_500) + "1" + "}".repeat(1_500);
    const result = settle([{ bound: bound("p/a"), match: { kind: "match" } }], new ObjectVersion(deep), {
      ...context({}),
      run: () => patchObjects(set("/b", 1)),
    });
    expect(ends(result)).toEqual({ "p/a": "PATCH_INVALID" });
    expect(errorText(result, "p/a")).toContain("deeper than 1000 levels");
    expect(result.version.text).toBe(deep);
  });
});

/** Rules over a few fields that react to each other: they chain, fight, grow and fail. */
const anyRule: fc.Arbitrary<Rule> = fc
  .record({
    when: fc.constantFrom("a", "b", "c", "l", undefined),
    field: fc.constantFrom("/a", "/b", "/c", "/m/x", "/l/-", "/l/0", "/spec/template/x"),
    op: fc.constantFrom("add", "default", "replace", "remove"),
    value: fc.constantFrom<unknown>(1, 2, { x: 1 }, []),
    fails: fc.nat({ max: 9 }).map((chance) => chance === 0),
  })
  .map(({ when, field, op, value, fails }) => (now) => {
    if (when !== undefined && !Object.hasOwn(now, when)) return [];
    if (fails) throw FAILED;
    return [op === "remove" ? { op, path: field } : { op, path: field, value }];
  });

const anyRules = fc
  .array(anyRule, { minLength: 1, maxLength: 6 })
  .map((rules) => Object.fromEntries(rules.map((rule, index) => [`p/${"abcdef".charAt(index)}`, rule])));

const anyObject: fc.Arbitrary<RegoValue> = fc.oneof(
  jsonObjects,
  fc
    .subarray([
      ["a", "1"],
      ["l", "x"],
      ["m", "y"],
    ] as const)
    .map((entries) => objectOf(entries)),
  fc.constant(regoValue({ l: [1], spec: { template: {} } })),
);

describe("whatever the rules are,", () => {
  const matchesOf = (rules: Rules) =>
    bindPolicies(
      Object.keys(rules).map((id) => samplePolicy(id, { entrypoints: { patch: `${id}/patch` } })),
      [],
    ).map((each) => ({ bound: each, match: { kind: "match" } as const }));
  const run = (rules: Rules, first: RegoValue, frozen: boolean): Settled =>
    settle(matchesOf(rules), new ObjectVersion(JSON.stringify(first)), context(rules, frozen));
  const check = (property: (rules: Rules, first: RegoValue, frozen: boolean) => void): void => {
    fc.assert(fc.property(anyRules, anyObject, fc.boolean(), property), { numRuns: 1_000 });
  };

  test("the patch makes the object at rest of the object that came", () => {
    check((rules, first, frozen) => {
      const result = run(rules, first, frozen);
      expect(compare(applyPatch(first, result.patch), result.version.value)).toBe(0);
      expect(result.mutations.map(({ policy }) => policy)).toEqual(Object.keys(rules));
    });
  });

  test("an object at rest stays as it is under those that patched it", () => {
    check((rules, first, frozen) => {
      const result = run(rules, first, frozen);
      const active = Object.fromEntries(
        Object.entries(rules).filter(([id]) => ["patched", "unchanged"].includes(ends(result)[id] ?? "")),
      );
      expect(run(active, result.version.value, frozen).patch).toEqual([]);
    });
  });

  test("one that is left out leaves no trace", () => {
    check((rules, first, frozen) => {
      const result = run(rules, first, frozen);
      const active = Object.fromEntries(
        Object.entries(rules).filter(([id]) => ["patched", "unchanged"].includes(ends(result)[id] ?? "")),
      );
      const without = run(active, first, frozen);
      expect(without.version.text).toBe(result.version.text);
      expect(without.patch).toEqual(result.patch);
    });
  });

  test("the order in which the policies are given changes nothing", () => {
    check((rules, first, frozen) => {
      const reversed = Object.fromEntries(Object.entries(rules).toReversed());
      expect(run(reversed, first, frozen)).toEqual(run(rules, first, frozen));
    });
  });
});
