import { z } from "zod";
import type { LoadedBinding } from "../admission/bound-policy.ts";
import { PortcullisError, type SourcePosition } from "../error.ts";
import { DEFAULT_EXCLUSIONS, Exclusions, PolicyBinding } from "../policy/binding.ts";
import { formatFieldPath } from "../policy/field-path.ts";
import { stringMember } from "../policy/json.ts";
import { readInput } from "./manifest-input.ts";
import type { Manifest } from "./manifest/manifest.ts";

export interface LoadedBindings {
  readonly bindings: readonly LoadedBinding[];
  readonly exclusions: Exclusions["spec"];
}

/**
 * Reads PolicyBindings and at most one Exclusions from files and folders. Unlike manifests to judge, one bad file stops
 * everything: half of the bindings would be another policy. Throws the first problem, BINDING_INVALID among them.
 */
export async function loadBindings(paths: readonly string[]): Promise<LoadedBindings> {
  const { manifests, problems } = await readInput(paths);
  const [problem] = problems;
  if (problem !== undefined) throw problem;
  const bindings: LoadedBinding[] = [];
  const exclusions: Manifest[] = [];
  for (const manifest of manifests) {
    if (stringMember(manifest.value, "kind") === "Exclusions") exclusions.push(manifest);
    else bindings.push(loadedBinding(manifest));
  }
  return { bindings, exclusions: onlyExclusions(exclusions) };
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
