import type { Snapshot } from "../../admission/snapshot.ts";
import type { Deciding } from "../../cluster/leader/keep-webhooks.ts";
import type { Check } from "../../server/operations.ts";
import type { Pool } from "../../workers/pool.ts";
import type { Program } from "../../workers/program.ts";
import type { ClusterKnowledge } from "./cluster-knowledge.ts";

/** What decides at this moment, whole. */
export interface DecidingSnapshot extends Deciding {
  readonly snapshot: Snapshot;
}

/** How far the start is and what decides; the only thing that changes while the server runs. */
export interface State {
  phase: "loading" | "evaluating" | "ready" | "draining";
  pool: Pool | undefined;
  /** Undefined until every policy was evaluated once. */
  deciding: DecidingSnapshot | undefined;
  /** Why the last change of policies, bindings or inventory does not decide; undefined if it does. */
  reloadFailure: string | undefined;
  /** The Namespaces of `--inventory`, as they were loaded with what decides. */
  inventory: Program["namespaces"];
}

export function initialState(): State {
  return {
    phase: "loading",
    pool: undefined,
    deciding: undefined,
    reloadFailure: undefined,
    inventory: new Map(),
  };
}

/** A cluster knows better than files how its namespaces are. */
export function namespacesOf(
  { inventory }: Pick<State, "inventory">,
  cluster: ClusterKnowledge,
): Program["namespaces"] {
  return new Map([...inventory, ...cluster.namespaces()]);
}

export function loadOf({ pool }: State): { readonly waiting: number; readonly threads: number } {
  return { waiting: pool?.waiting ?? 0, threads: pool?.threads ?? 0 };
}

export function readiness(state: State): readonly Check[] {
  const failsIn = (name: string, phases: readonly State["phase"][], reason: string): Check => ({
    name,
    failure: () => (phases.includes(state.phase) ? reason : undefined),
  });
  return [
    failsIn("bundle", ["loading"], "not loaded yet"),
    failsIn("policies", ["loading", "evaluating"], "not every policy was evaluated once yet"),
    failsIn("shutdown", ["draining"], "the server was told to stop"),
    {
      name: "reload",
      // A replica that goes on deciding by what it had is better than none.
      isRemark: true,
      failure: () =>
        state.reloadFailure === undefined
          ? undefined
          : `${state.reloadFailure}; what was loaded before still decides, the log says what to mend`,
    },
  ];
}
