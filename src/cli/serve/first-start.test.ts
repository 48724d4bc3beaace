import { expect, test } from "@jest/globals";
import { setTimeout as delay } from "node:timers/promises";
import { samplePolicy } from "../../../test/samples.ts";
import { PortcullisError } from "../../error.ts";
import { DEFAULT_EXCLUSIONS } from "../../policy/binding.ts";
import type { Program } from "../../workers/program.ts";
import { firstStart } from "./first-start.ts";
import type { Loaded } from "./reload.ts";
import type { State } from "./state.ts";

const PROGRAM: Program = {
  bundle: {
    revision: "sha256:a",
    policies: [samplePolicy("a/b")],
    wasm: new Uint8Array(),
    data: new TextEncoder().encode("{}"),
  },
  file: "bundle.tar.gz",
  bindings: [],
  exclusions: DEFAULT_EXCLUSIONS,
  namespaces: new Map(),
};
const LOADED: Loaded = { program: PROGRAM, notes: [], inventory: new Map() };
const BROKEN = new PortcullisError("BINDING_UNKNOWN_POLICY", { message: "No.", remedy: "Mend it." });
const NO_POOL = new PortcullisError("WASM_INVALID", { message: "No.", remedy: "Mend it." });

/** A start beside a cluster with a binding; each load but the first is after a change. */
function starting(loads: readonly ((state: Pick<State, "phase">) => Loaded)[]) {
  const state: Pick<State, "phase"> = { phase: "loading" };
  const told: string[] = [];
  const left = [...loads];
  let isSettled = false;
  const start = firstStart({
    load: async () => {
      const next = left.shift();
      if (next === undefined) throw new Error("it was loaded once more");
      return next(state);
    },
    startPool: () => Promise.reject(NO_POOL),
    state,
    changes: { next: () => (left.length === 0 ? new Promise(() => undefined) : delay(5)) },
    cluster: { bindings: () => [{}] },
    telemetry: { reloadFailed: (errors) => void told.push(...errors.map(({ code }) => code)) },
  });
  void start.catch(() => undefined).then(() => (isSettled = true));
  return { state, told, left, isSettled: () => isSettled };
}

function failing(phase?: State["phase"]) {
  return (state: Pick<State, "phase">): Loaded => {
    if (phase !== undefined) state.phase = phase;
    throw BROKEN;
  };
}

test("what cannot be loaded is loaded again after a change", async () => {
  const { told, left } = starting([failing(), failing(), () => LOADED]);
  while (told.length < 3) await delay(5);
  const code = "BINDING_UNKNOWN_POLICY";
  expect([told, left.length]).toEqual([[code, code, "WASM_INVALID"], 0]);
});

test("a load that fails after the server was told to stop starts nothing any more, and is not told", async () => {
  const { state, told, left, isSettled } = starting([failing("draining"), () => LOADED]);
  await delay(50);
  expect([state.phase, told, left.length, isSettled()]).toEqual(["draining", [], 1, false]);
});

test("a change after the server was told to stop loads nothing", async () => {
  const stopped = starting([
    (state) => {
      setImmediate(() => (state.phase = "draining"));
      throw BROKEN;
    },
    () => LOADED,
  ]);
  await delay(50);
  expect([stopped.state.phase, stopped.left.length, stopped.isSettled()]).toEqual(["draining", 1, false]);
});
