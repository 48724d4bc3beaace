import type { Surroundings } from "../admission/admit.ts";
import { createSnapshot, type Snapshot, type SnapshotSources } from "../admission/snapshot.ts";
import { type Engine, type LoadedEngine, loadEngine } from "../engine/index.ts";
import { PortcullisError } from "../error.ts";
import type { Bundle } from "../policy/bundle.ts";

/** Everything that decisions depend on, as plain data that can be handed to a thread. */
export interface Program extends Pick<SnapshotSources, "bindings" | "exclusions" | "namespaces"> {
  readonly bundle: Bundle;
  /** The bundle's file, for errors. */
  readonly file: string;
}

/** Throws what `createSnapshot` throws. */
export function snapshotOf({ bundle, bindings, exclusions, namespaces }: Program): Snapshot {
  const { revision, policies } = bundle;
  return createSnapshot({ revision, policies, bindings, exclusions, namespaces });
}

/** Loads a program into this thread. Throws what `createSnapshot` and `loadEngine` throw, and ENTRYPOINT_MISSING. */
export function loadSurroundings(program: Program): Surroundings & { readonly engine: LoadedEngine } {
  const { bundle, file } = program;
  const snapshot = snapshotOf(program);
  const engine = loadEngine({ wasm: bundle.wasm, data: bundle.data, file });
  checkEntrypoints(snapshot, engine, file);
  return { snapshot, engine };
}

function checkEntrypoints(snapshot: Snapshot, { entrypoints }: Engine, file: string): void {
  for (const { bound } of snapshot.policies) {
    const missing = Object.values(bound.policy.entrypoints).find(
      (entrypoint) => !entrypoints.has(entrypoint),
    );
    if (missing !== undefined) {
      throw new PortcullisError("ENTRYPOINT_MISSING", {
        message: `The bundle ${file} lists the policy ${bound.policy.id}, but its module has no entrypoint ${missing}.`,
        remedy: "Build the bundle anew with `make build` (or `portcullis build`).",
        position: { file },
      });
    }
  }
}
