import { z } from "zod";
import type { LoadedBinding } from "../admission/bound-policy.ts";
import { PortcullisError, type SourcePosition } from "../error.ts";
import { DEFAULT_EXCLUSIONS, Exclusions, PolicyBinding } from "../policy/binding.ts";
import { formatFieldPath } from "../policy/field-path.ts";
import { objectMember, stringMember, type JsonObject, type JsonValue } from "../policy/json.ts";
import { readInput } from "./manifest-input.ts";
import type { Manifest } from "./manifest/manifest.ts";
import { readManifests } from "./manifest/read.ts";

export interface LoadedBindings {
  readonly bindings: readonly LoadedBinding[];
  readonly exclusions: Exclusions["spec"];
}

/**
 * Reads PolicyBindings and at most one Exclusions from files and folders, and checks them together with the PolicyBindings
 * of a cluster. Unlike manifests to judge, one bad file stops everything: half of the bindings would be another policy.
 * Throws the first problem, BINDING_INVALID among them.
 */
export async function loadBindings(
  paths: readonly string[],
  inCluster: readonly JsonObject[] = [],
): Promise<LoadedBindings> {
  const input = await readInput(paths);
  const stored = inCluster.map(storedBinding);
  const manifests = [...input.manifests, ...stored.flatMap((read) => read.manifests)];
  const [problem] = [...input.problems, ...stored.flatMap((read) => read.problems)];
  if (problem !== undefined) throw problem;
  const bindings: LoadedBinding[] = [];
  const exclusions: Manifest[] = [];
  for (const manifest of manifests) {
    if (stringMember(manifest.value, "kind") === "Exclusions") exclusions.push(manifest);
    else bindings.push(loadedBinding(manifest));
  }
  return { bindings, exclusions: onlyExclusions(exclusions) };
}

/** A binding of the cluster as a manifest, so that messages name it and the field as they do for files. */
function storedBinding(object: JsonObject): ReturnType<typeof readManifests> {
  const name = stringMember(objectMember(object, "metadata"), "name") ?? "";
  const source = `policybinding/${name} of the cluster`;
  const inexact = inexactInteger(object);
  if (inexact !== undefined) {
    throw new PortcullisError("BINDING_INVALID", {
      message: `This PolicyBinding is not valid: the number ${inexact} is too large to be read from a cluster exactly.`,
      remedy: "Write it as a string, or give the binding to the server as a file.",
      position: { file: source },
    });
  }
  return readManifests(source, JSON.stringify(object));
}

/** A number that has lost digits on its way through JSON.parse. */
function inexactInteger(value: JsonValue): number | undefined {
  if (typeof value === "number") return Math.abs(value) > Number.MAX_SAFE_INTEGER ? value : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const inner of Object.values(value)) {
    const found = inexactInteger(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

function loadedBinding(manifest: Manifest): LoadedBinding {
  const { file, line } = manifest.source;
  return { binding: validate(PolicyBinding, manifest), text: manifest.text, position: { file, line } };
}

function onlyExclusions([first, second]: readonly Manifest[]): Exclusions["spec"] {
  if (first === undefined) return DEFAULT_EXCLUSIONS;
  if (second === undefined) return validate(Exclusions, first).spec;
  throw new PortcullisError("BINDING_INVALID", {
    message: `There are two Exclusions objects: here and in ${first.source.file}:${first.source.line}.`,
    remedy: "Put all exclusions into one object.",
    position: { file: second.source.file, line: second.source.line },
  });
}

function validate<T>(schema: z.ZodType<T>, manifest: Manifest): T {
  const kind = stringMember(manifest.value, "kind") ?? "";
  const result = schema.safeParse(manifest.value);
  if (result.success) return result.data;
  throw invalid(result.error, manifest, kind);
}

function invalid(error: z.ZodError, manifest: Manifest, kind: string): PortcullisError {
  const [issue] = error.issues;
  const unknownKey = issue?.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const path = [...(issue?.path ?? []), ...unknownKey].map((step) =>
    typeof step === "symbol" ? String(step) : step,
  );
  const position: SourcePosition = { file: manifest.source.file, ...manifest.locate(path) };
  const field = path.length === 0 ? "" : `${formatFieldPath(path)}: `;
  return new PortcullisError("BINDING_INVALID", {
    message: `This ${kind} is not valid: ${field}${issue?.message ?? "unknown"}.`,
    remedy: "The fields are described in docs/reference/bindings.md.",
    position,
    cause: error,
  });
}
