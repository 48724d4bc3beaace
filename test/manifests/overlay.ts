import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { z } from "zod";
import { readManifests } from "../../src/cli/manifest/read.ts";
import { availableOrReason } from "../cluster/for-tests.ts";
import { obtainPinnedKubectl } from "../cluster/obtain.ts";

/** Every overlay that there is. */
export const OVERLAYS: readonly string[] = readdirSync("manifests/overlays").toSorted();

const kubectl = await availableOrReason(
  "manifests",
  obtainPinnedKubectl({ progress: (line) => process.stderr.write(`${line}\n`) }),
);
/** Without kubectl nothing can be built, and what needs this is skipped. */
export const KUBECTL = kubectl.kind === "available" ? kubectl.value : undefined;

/** An object of an overlay: what all have, beside whatever the kind has. */
const Resource = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
  }),
});
export type Resource = z.infer<typeof Resource>;

export interface Overlay {
  readonly name: string;
  /** As kubectl would apply it. */
  readonly text: string;
  readonly resources: readonly Resource[];
}

const known = new Map<string, Overlay>();

/** Builds a folder below `manifests/overlays` with `kubectl kustomize`, once. Throws what kubectl says. */
export function buildOverlay(name: string): Overlay {
  const overlay = known.get(name) ?? kustomize(name);
  known.set(name, overlay);
  return overlay;
}

function kustomize(name: string): Overlay {
  const folder = `manifests/overlays/${name}`;
  const { status, stdout, stderr } = spawnSync(KUBECTL ?? "kubectl", ["kustomize", folder], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`kubectl kustomize ${folder} failed: ${stderr}`);
  const { manifests, problems } = readManifests(folder, stdout);
  const [problem] = problems;
  if (problem !== undefined) throw problem;
  return { name, text: stdout, resources: manifests.map(({ value }) => Resource.parse(value)) };
}

/** The only object of its kind and name. Throws where there is none. */
export function find<T>(
  { name, resources }: Overlay,
  schema: z.ZodType<T>,
  kind: string,
  called = "portcullis",
): T {
  const found = resources.filter((each) => each.kind === kind && each.metadata.name === called);
  if (found.length !== 1) throw new Error(`${name} has ${found.length} objects ${kind} ${called}`);
  return schema.parse(found[0]);
}
