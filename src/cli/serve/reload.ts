import { BuildError } from "../../build/build-error.ts";
import { PortcullisError } from "../../error.ts";
import type { Pool } from "../../workers/pool.ts";
import { snapshotOf, type Program } from "../../workers/program.ts";
import type { LoadedProgram, PolicySources } from "../load-policies.ts";
import type { DecidingSnapshot } from "./state.ts";
import type { Telemetry } from "./telemetry.ts";
import { watchPaths, type PathWatch } from "../watch/watch-paths.ts";
import type { WatchedPath } from "../watch/watched-path.ts";

/** All that decisions depend on, as it was at one moment. */
export interface Loaded extends LoadedProgram {
  /** The Namespaces of `--inventory`. */
  readonly inventory: Program["namespaces"];
}

interface Reloading {
  readonly load: () => Promise<Loaded>;
  readonly pool: Pick<Pool, "swap">;
  readonly telemetry: Pick<Telemetry, "metrics" | "reloaded" | "reloadFailed">;
  /** `reloadFailure`: why the last change does not decide; undefined if it does. */
  readonly state: { reloadFailure: string | undefined };
  /** Called when another program decides. */
  readonly swapped: (deciding: DecidingSnapshot, inventory: Loaded["inventory"]) => void;
}

/** What the server was started with, as it changes. */
export class ChangeWatch {
  readonly #watch: PathWatch;
  #onChange: () => void = () => {
    this.#missed = true;
  };
  #missed = false;
  #isClosed = false;

  private constructor(paths: readonly WatchedPath[], problem: (message: string) => void) {
    this.#watch = watchPaths(paths, () => this.#onChange(), { onProblem: problem });
  }

  /** Settles when every change from now on will be noticed: what is loaded after that is never older than it seems. */
  static async start(
    { policies, bindings, inventory }: PolicySources & { readonly inventory: readonly string[] },
    problem: (message: string) => void,
  ): Promise<ChangeWatch> {
    const manifests = [...bindings, ...inventory].map((path) => ({ path, holds: "manifests" as const }));
    const watch = new ChangeWatch([{ path: policies, holds: "policies" }, ...manifests], problem);
    await watch.#watch.ready;
    return watch;
  }

  /**
   * Loads again whenever something changes. Where that fails, what was loaded before goes on deciding, and log, metrics
   * and readiness say why.
   */
  reload(reloading: Reloading): void {
    let running = Promise.resolve();
    let isWaiting = false;
    this.#onChange = () => {
      // What changes while a reload runs is loaded by one more, however often it changes.
      if (isWaiting) return;
      isWaiting = true;
      running = running.then(() => {
        isWaiting = false;
        return reload(reloading, () => this.#isClosed);
      });
    };
    if (this.#missed) this.#onChange();
  }

  /** Settles with the next change or, if one was missed, at once; only as long as `reload` was not called. */
  async next(): Promise<void> {
    if (!this.#missed) await new Promise<void>((resolve) => (this.#onChange = resolve));
    this.#missed = false;
    this.#onChange = () => {
      this.#missed = true;
    };
  }

  /** Something has changed that is in no file. */
  note(): void {
    this.#onChange();
  }

  /** What is being loaded at that moment may fail, and is no news any more. */
  close(): void {
    this.#isClosed = true;
    this.#watch.close();
  }
}

async function reload(
  { load, pool, telemetry, state, swapped }: Reloading,
  isClosed: () => boolean,
): Promise<void> {
  try {
    const { program, notes, inventory } = await load();
    const snapshot = snapshotOf(program);
    const failures = await pool.swap(program);
    swapped({ snapshot, file: program.file }, inventory);
    // Before the first answer under the new program, which must find its series at 0; not before it decides.
    telemetry.metrics.loaded(snapshot);
    state.reloadFailure = undefined;
    telemetry.reloaded(snapshot.revision, [...notes, ...failures]);
  } catch (thrown) {
    if (isClosed()) return;
    const errors = reasons(thrown, "Reloading");
    state.reloadFailure = errors.map(({ code }) => code).join(", ");
    telemetry.reloadFailed(errors);
  }
}

/** A build tells of everything that is wrong at once. `doing` begins the sentence about what nobody has expected. */
export function reasons(thrown: unknown, doing: string): readonly PortcullisError[] {
  if (thrown instanceof BuildError) return thrown.problems;
  return [thrown instanceof PortcullisError ? thrown : unexpected(thrown, doing)];
}

function unexpected(cause: unknown, doing: string): PortcullisError {
  return new PortcullisError("INTERNAL", {
    message: `${doing} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
    remedy: "Restart the server; report this with the log.",
    cause,
  });
}
