import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

/** Kinds of policies that do what they should not; also the names of labels that make them do so. */
export const HOSTILE_KINDS = ["loop", "allocate", "recurse"] as const;
export type Hostile = (typeof HOSTILE_KINDS)[number];

/** What tables say of them. */
export const HOSTILE_TITLES: Readonly<Record<Hostile, string>> = {
  loop: "never ends",
  allocate: "allocates without end",
  recurse: "recurses to the stack limit",
};

/** Policies that every review passes through, as many as a platform might have for Pods. */
const ORDINARY = 20;
/** Kubernetes takes objects this deep (10,000 levels), and WebAssembly's stack does not. */
const LEVELS = 9_900;

/** Each does nothing unless the object has its label. */
const RULES: Readonly<Record<Hostile, string>> = {
  // Over sets, which are gone through without taking memory: nothing but a deadline ends it for hours.
  loop: `numbers_in_question := {number | some number in numbers.range(1, 100000)}

deny contains "never" if {
	input.request.object.metadata.labels.loop
	some i in numbers_in_question
	some j in numbers_in_question
	i == j
	i == -1
}`,
  allocate: `deny contains "never" if {
	input.request.object.metadata.labels.allocate
	pairs := [[i, j] | some i in numbers.range(1, 100000); some j in numbers.range(1, 100000)]
	count(pairs) == 7
}`,
  // Rego has no recursion of its own: `walk` goes as deep as the object.
  recurse: `deny contains "never" if {
	input.request.object.metadata.labels.recurse
	walk(input.request.object, [path, value])
	count(path) == -1
	value == "never"
}`,
};

/** Writes a policy folder: ORDINARY policies, and one of each kind that is hostile. */
export async function writeHostilePolicies(folder: string): Promise<void> {
  const inside = path.join(folder, "bench");
  await mkdir(inside, { recursive: true });
  const write = (name: string, rule: string): Promise<void> =>
    writeFile(path.join(inside, `${name}.rego`), `${METADATA}package bench.${name}\n\n${rule}\n`);
  for (let index = 1; index <= ORDINARY; index += 1) await write(`ordinary${index}`, ordinary(index));
  for (const [name, rule] of Object.entries(RULES)) await write(name, rule);
}

const METADATA = `# METADATA
# scope: package
# custom:
#   match:
#     resources: [pods]
`;

function ordinary(index: number): string {
  return `deny contains sprintf("container %s has no limit %d", [container.name, ${index}]) if {
	some container in input.request.object.spec.containers
	not container.resources.limits.memory
}

deny contains sprintf("image %s", [container.image]) if {
	some container in input.request.object.spec.containers
	endswith(container.image, ":forbidden-${index}")
}`;
}

function containerOf(name: string): object {
  return {
    name,
    image: `registry.example.com/shop/${name}:1.4.2`,
    ports: [{ containerPort: 8080, protocol: "TCP" }],
    env: Array.from({ length: 8 }, (_, index) => ({ name: `SETTING_${index}`, value: `value ${index}` })),
    resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "128Mi" } },
  };
}

/** An AdmissionReview as JSON: of a Pod that is admitted, or of one that lets a policy do what it should not. */
export function reviewOf(hostile: Hostile | undefined): string {
  const object = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "shop", labels: hostile === undefined ? {} : { [hostile]: "yes" } },
    spec: {
      containers: [containerOf("web"), containerOf("proxy")],
      ...(hostile === "recurse" ? { deep: 0 } : {}),
    },
  };
  const request = {
    uid: "bench",
    kind: { group: "", version: "v1", kind: "Pod" },
    resource: { group: "", version: "v1", resource: "pods" },
    namespace: "shop",
    operation: "CREATE",
    userInfo: { username: "jane" },
    object,
  };
  const review = JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request });
  return review.replace('"deep":0', `"deep":${'{"a":'.repeat(LEVELS)}1${"}".repeat(LEVELS)}`);
}
