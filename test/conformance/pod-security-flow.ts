/** The compiled pack `pod-security` and the flow around it, for its tests. */
import { readFileSync } from "node:fs";
import { answer } from "../../src/admission/answer.ts";
import type { LoadedBinding } from "../../src/admission/bound-policy.ts";
import type { Decision } from "../../src/admission/decision.ts";
import { createSnapshot, namespaceData, type Snapshot } from "../../src/admission/snapshot.ts";
import { synthesizeReview } from "../../src/admission/synthesize.ts";
import { readBundle } from "../../src/build/read-bundle.ts";
import { readManifests } from "../../src/cli/manifest/read.ts";
import { loadEngine, type Engine } from "../../src/engine/index.ts";
import { DEFAULT_EXCLUSIONS, PolicyBinding } from "../../src/policy/binding.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { samplesOf } from "../docs/pages.ts";
import { buildFolder } from "../policy-folder.ts";
import { CALL, jsonObject } from "../samples.ts";

const README = "policies/pod-security/README.md";
/** The bindings of that page that make Portcullis do what the API server's admission does. */
const LABELS = "pod-security-labels.yaml";

export interface Pack {
  readonly revision: string;
  readonly policies: readonly Policy[];
  readonly engine: Engine;
}

export async function loadPack(): Promise<Pack> {
  const { revision, policies, wasm, data } = await readBundle((await buildFolder("policies")).file);
  const own = policies.filter(({ id }) => id.startsWith("pod-security/"));
  return { revision, policies: own, engine: loadEngine({ wasm, data }) };
}

export function bindingsOfReadme(): readonly LoadedBinding[] {
  const samples = samplesOf({ file: README, text: readFileSync(README, "utf8") });
  const { text } = samples.find(({ file }) => file === LABELS) ?? { text: "" };
  return readManifests(README, text).manifests.map((manifest) => ({
    binding: PolicyBinding.parse(manifest.value),
    text: manifest.text,
    position: { file: README },
  }));
}

/** The pack under these bindings; the namespace `shop` has these labels, or is not known. */
export function snapshotOf(
  { revision, policies }: Pack,
  bindings: readonly LoadedBinding[],
  labels?: Readonly<Record<string, string>>,
): Snapshot {
  const namespace = JSON.stringify({ metadata: { name: "shop", labels } });
  const known = [["shop", namespaceData(jsonObject(namespace), namespace)]] as const;
  return createSnapshot({
    revision,
    policies,
    bindings,
    exclusions: DEFAULT_EXCLUSIONS,
    namespaces: new Map(labels === undefined ? [] : known),
  });
}

const SYNTHESIS = {
  uid: "u-1",
  operation: "CREATE",
  namespace: "shop",
  userInfo: { username: "alice", groups: [] },
  customResources: new Map(),
} as const;

/** What is decided when a manifest, given as JSON text, is created in the namespace `shop`. */
export function decide({ engine }: Pack, snapshot: Snapshot, manifest: string): Decision {
  const review = synthesizeReview({ value: jsonObject(manifest), text: manifest }, SYNTHESIS);
  const answered = answer(new TextEncoder().encode(review), "validate", { snapshot, engine }, CALL);
  if (answered.kind === "rejected") throw answered.error;
  return answered.decision;
}
