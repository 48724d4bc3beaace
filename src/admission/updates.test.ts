/** What an UPDATE may do to an object that violates policies already, with real rules on the engine of production. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compileRego } from "../../test/compile-rego.ts";
import { CALL, sampleBinding, samplePolicy, sampleReview, sampleSnapshot } from "../../test/samples.ts";
import { loadEngine, type Engine } from "../engine/index.ts";
import { admit } from "./admit.ts";
import type { Decision } from "./decision.ts";
import { decodeReview } from "./review.ts";
import type { Snapshot } from "./snapshot.ts";

const REGO = `package p.containers

containers[path] := container if {
	some list in ["containers", "initContainers"]
	some i, container in input.request.object.spec[list]
	path := sprintf("spec.%s[%d]", [list, i])
}

deny contains {"msg": sprintf("container %d of %d is privileged", [i, count(input.request.object.spec.containers)]), "field": field} if {
	some i, container in input.request.object.spec.containers
	container.privileged
	field := sprintf("spec.containers[%d].privileged", [i])
}

deny contains {"msg": "bad capability", "field": sprintf("%s.add[%d]", [path, k])} if {
	some path, container in containers
	some k, capability in container.add
	capability != "GOOD"
}

deny contains sprintf("%s has a bad image", [container.name]) if {
	some container in containers
	startswith(container.image, "bad")
}

deny contains {"msg": "the label team is missing", "field": "metadata.labels"} if {
	not input.request.object.metadata.labels.team
}

deny contains {"msg": sprintf("%s runs as root", [container.name]), "field": "spec.containers[*].user"} if {
	some container in input.request.object.spec.containers
	container.user == "root"
}

deny contains {"msg": "the owner must not be changed", "field": "metadata.owner"} if {
	input.request.oldObject.metadata.owner != input.request.object.metadata.owner
}
`;

const POLICY = samplePolicy("p/containers", { entrypoints: { deny: "p/containers/deny" } });

let engine: Engine;

beforeAll(async () => {
  engine = loadEngine(await compileRego({ "containers.rego": REGO }, ["p/containers/deny"]));
});

interface Container {
  readonly name: string;
  readonly image: string;
  readonly privileged: boolean;
  readonly add: readonly string[];
  readonly user?: string;
}

interface Pod {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: { readonly containers: readonly Container[]; readonly initContainers: readonly Container[] };
}

const bound = (spec: Record<string, unknown> = {}): Snapshot =>
  sampleSnapshot({ policies: [POLICY], bindings: [sampleBinding("b", { policies: ["*"], ...spec })] });

function update(oldObject: Pod, object: Pod, snapshot = bound()): Decision {
  const review = sampleReview({ operation: "UPDATE", object, oldObject });
  const request = decodeReview(new TextEncoder().encode(JSON.stringify(review)));
  return admit(request, "validate", { snapshot, engine }, CALL);
}

const GOOD: Container = { name: "good", image: "good:1", privileged: false, add: ["GOOD"] };
const LEGACY: Pod = {
  metadata: { name: "web", labels: {}, finalizers: ["a.example.com/b", "c.example.com/d"], owner: "x" },
  spec: {
    containers: [
      GOOD,
      { name: "legacy", image: "bad:1", privileged: true, add: ["GOOD", "BAD"] },
      { name: "other", image: "good:1", privileged: false, add: [] },
      { name: "root", image: "good:1", privileged: false, add: [], user: "root" },
    ],
    initContainers: [],
  },
};

function withMetadata(metadata: Readonly<Record<string, unknown>>): Pod {
  return { ...LEGACY, metadata: { ...LEGACY.metadata, ...metadata } };
}

function withContainers(...containers: readonly Container[]): Pod {
  return { ...LEGACY, spec: { ...LEGACY.spec, containers } };
}

function changed(name: string, change: Partial<Container>): Pod {
  return withContainers(
    ...LEGACY.spec.containers.map((each) => (each.name === name ? { ...each, ...change } : each)),
  );
}

describe("an object that violates policies", () => {
  test.each<[string, Pod]>([
    ["is left as it was", LEGACY],
    ["gets a label", withMetadata({ labels: { a: "b" } })],
    ["loses a finalizer", withMetadata({ finalizers: ["a.example.com/b"] })],
    [
      "is being deleted and loses its last finalizer",
      withMetadata({ deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: [] }),
    ],
    ["has its containers reordered", withContainers(...LEGACY.spec.containers.toReversed())],
    [
      "gets a good container before the others",
      withContainers({ ...GOOD, name: "first" }, ...LEGACY.spec.containers),
    ],
    ["loses a good container", withContainers(...LEGACY.spec.containers.slice(1))],
    ["has one violation mended", changed("legacy", { privileged: false })],
    ["has its capabilities reordered", changed("legacy", { add: ["BAD", "GOOD"] })],
  ])("may be updated so that it %s", (_name, after) => {
    const { kind, outcomes, findings } = update(LEGACY, after);
    expect(kind).toBe("allow");
    expect(outcomes).toMatchObject([{ kind: "existing", enforcement: "deny" }]);
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.every(({ enforcement, existing }) => enforcement === "warn" && existing)).toBe(true);
  });

  test.each<[string, Pod]>([
    ["another privileged container", changed("other", { privileged: true })],
    ["a privileged container under a new name", changed("legacy", { name: "renamed" })],
    ["another bad capability", changed("legacy", { add: ["GOOD", "BAD", "WORSE"] })],
    ["a bad capability in the place of another", changed("legacy", { add: ["GOOD", "WORSE"] })],
    ["a bad image in another container", changed("other", { image: "bad:1" })],
    [
      "in one container what another no longer has, though the field is a pattern",
      withContainers(
        ...LEGACY.spec.containers.map((each) => ({ ...each, user: each.name === "other" ? "root" : "any" })),
      ),
    ],
    ["what a rule forbids that compares old and new", withMetadata({ owner: "y" })],
  ])("may not get %s", (_name, after) => {
    const { kind, findings } = update(LEGACY, after);
    expect(kind).toBe("deny");
    expect(findings.filter(({ existing }) => existing).length).toBeGreaterThan(0);
  });

  test("may not be updated at all under a binding that says so", () => {
    const snapshot = bound({ updates: "all-violations" });
    expect(update(LEGACY, withMetadata({ labels: { a: "b" } }), snapshot).kind).toBe("deny");
  });

  test("may not be created", () => {
    const review = sampleReview({ object: LEGACY });
    const request = decodeReview(new TextEncoder().encode(JSON.stringify(review)));
    expect(admit(request, "validate", { snapshot: bound(), engine }, CALL).kind).toBe("deny");
  });
});

const containers = (prefix: string) =>
  fc
    .array(
      fc.record({
        image: fc.constantFrom("good:1", "bad:1"),
        privileged: fc.boolean(),
        add: fc.uniqueArray(fc.constantFrom("GOOD", "BAD", "WORSE", "WORST")),
      }),
      { maxLength: 5 },
    )
    .map((list) => list.map((each, index) => ({ ...each, name: `${prefix}${index}` })));

const pods: fc.Arbitrary<Pod> = fc
  .record({
    labels: fc.dictionary(fc.constantFrom("team", "a", "b"), fc.constantFrom("x", "y")),
    containers: containers("c"),
    initContainers: containers("i"),
  })
  .map(({ labels, ...spec }) => ({ metadata: { labels, owner: "x" }, spec }));

function permuted<T>(list: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length });
}

const permutedContainers = (list: readonly Container[]): fc.Arbitrary<Container[]> =>
  permuted(list).chain((shuffled) =>
    shuffled.length === 0
      ? fc.constant([])
      : fc.tuple(...shuffled.map((each) => permuted(each.add).map((add) => ({ ...each, add })))),
  );

/** A Pod, and what it may become without a violation that it had not. */
const harmless = pods.chain((before) =>
  fc
    .record({
      labels: fc.dictionary(fc.constantFrom("c", "d"), fc.string()),
      containers: permutedContainers(before.spec.containers),
      initContainers: permutedContainers(before.spec.initContainers),
    })
    .map(({ labels, ...spec }): readonly [Pod, Pod] => {
      const own = before.metadata["labels"];
      const metadata = { ...before.metadata, labels: Object.assign({}, labels, own) };
      return [before, { metadata, spec }];
    }),
);

describe("of random Pods", () => {
  test("an update that reorders lists and adds labels is never denied", () => {
    fc.assert(
      fc.property(harmless, ([before, after]) => {
        expect(update(before, after).kind).toBe("allow");
      }),
      { numRuns: 500 },
    );
  });

  test.each<[string, Partial<Container>]>([
    ["a privileged container", { privileged: true }],
    ["a capability", { add: ["BAD"] }],
    ["an image", { image: "bad:1" }],
  ])("the same update with one violation more is always denied: %s", (_name, bad) => {
    fc.assert(
      fc.property(harmless, fc.nat(), ([before, after], at) => {
        const list = after.spec.containers;
        const index = at % (list.length + 1);
        const containersAfter = list.toSpliced(index, 0, { ...GOOD, name: "added", ...bad });
        const worse = { ...after, spec: { ...after.spec, containers: containersAfter } };
        const { kind, findings } = update(before, worse);
        expect(kind).toBe("deny");
        const denying = findings.filter(({ enforcement }) => enforcement === "deny");
        expect(denying).toHaveLength(1);
      }),
      { numRuns: 200 },
    );
  });
});
