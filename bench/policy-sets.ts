import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

/** What the manifests of the kit's corpus are; every rule looks at all of them, as in the peers' packages. */
const MATCHED = [
  "pods",
  "services",
  "configmaps",
  "deployments.apps",
  "statefulsets.apps",
  "cronjobs.batch",
  "ingresses.networking.k8s.io",
];
/** What the policies that are installed and do not match are for: spread, as a platform's rules are. */
const UNMATCHED = [
  "secrets",
  "persistentvolumeclaims",
  "daemonsets.apps",
  "jobs.batch",
  "roles.rbac.authorization.k8s.io",
  "networkpolicies.networking.k8s.io",
  "poddisruptionbudgets.policy",
];
/** Written by the kit beside the rules, for OPA's own server. */
const NO_POLICY = new Set(["lib.rego", "aggregate.rego", "system.rego"]);
/** The kit's name of a further copy of a rule. */
const COPY = /_\d+\.rego$/;

/** The label that makes an object one that the looping policy never finishes with. */
export const LOOP_LABEL = { key: "bench.example.com/loop", value: "yes" } as const;

/** Scans sets only, which takes no memory: nothing but a deadline ends it for hours. */
const LOOP = `${metadata(["pods"])}package bench.loop

some_numbers := {n | some n in numbers.range(1, 3000)}

deny contains "the loop came to an end" if {
	input.request.object.metadata.labels["${LOOP_LABEL.key}"] == "${LOOP_LABEL.value}"
	some x in some_numbers
	some y in some_numbers
	some z in some_numbers
	x > y
	y > z
	z > x
}
`;

/** Makes a policy folder of the kit's rules (its `admission` folder): the rules match, their further copies do not. */
export async function writePolicies(rules: string, folder: string): Promise<void> {
  await mkdir(path.join(folder, "lib"), { recursive: true });
  await mkdir(path.join(folder, "bench"));
  await cp(path.join(rules, "lib.rego"), path.join(folder, "lib", "k8s.rego"));
  const files = (await readdir(rules)).filter((name) => !NO_POLICY.has(name));
  for (const [index, file] of files.entries()) {
    const other = UNMATCHED[index % UNMATCHED.length];
    const resources = COPY.test(file) && other !== undefined ? [other] : MATCHED;
    const rule = await readFile(path.join(rules, file), "utf8");
    await writeFile(path.join(folder, "bench", file), `${metadata(resources)}${rule}`);
  }
}

/** Adds a policy that loops on objects with LOOP_LABEL. */
export async function addLoop(folder: string): Promise<void> {
  await writeFile(path.join(folder, "bench", "loop.rego"), LOOP);
}

function metadata(resources: readonly string[]): string {
  return `# METADATA\n# scope: package\n# custom:\n#   input: admission\n#   match:\n#     resources: [${resources.join(", ")}]\n`;
}
