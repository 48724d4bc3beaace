import { afterAll, beforeAll, describe } from "@jest/globals";
import { GoError } from "../go/error.ts";
import { startControlPlane, type ControlPlane, type ControlPlaneOptions } from "./control-plane.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import { obtainControlPlane, obtainNodes } from "./obtain.ts";

/** What a test file needs, or why it has to skip. */
export type Available<T> = { readonly kind: "available"; readonly value: T } | { readonly kind: "missing" };

/** Says in one line that tests are skipped if the programs that they need cannot be had. */
export async function availableOrReason<T>(tests: string, obtained: Promise<T>): Promise<Available<T>> {
  try {
    return { kind: "available", value: await obtained };
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    return missing(tests, reason);
  }
}

/** Says in one line that tests are skipped, and why: the end of a sentence. */
export function missing(tests: string, reason: string): Available<never> {
  progress(`skipped: ${tests}: ${reason}`);
  return { kind: "missing" };
}

function reasonOf(error: unknown): string | undefined {
  if (error instanceof GoError) return `${error.message}.`;
  return error instanceof ControlPlaneError ? error.message : undefined;
}

export interface TestedControlPlane {
  /** `describe`, or `describe.skip` where the programs cannot be had. */
  readonly describe: typeof describe | typeof describe.skip;
  /** The one that runs while the tests of the file do. */
  readonly controlPlane: () => ControlPlane;
}

/**
 * One control plane for the tests of one file, to be awaited at its top level: programs are built there, outside every
 * time limit of jest. Webhook configurations belong to a whole cluster, so files that run at the same time cannot
 * share one.
 */
export async function controlPlaneForTests(
  tests: string,
  options: Omit<ControlPlaneOptions, "progress"> = {},
): Promise<TestedControlPlane> {
  const obtained = await availableOrReason(tests, obtainAll(options.nodes ?? false));
  let running: ControlPlane | undefined;
  const controlPlane = (): ControlPlane => {
    if (running === undefined) throw new Error("The control plane runs only while tests do.");
    return running;
  };
  if (obtained.kind === "missing") return { describe: describe.skip, controlPlane };
  beforeAll(async () => {
    running = await startControlPlane({ ...options, progress });
  }, START_LIMIT_MS);
  afterAll(async () => {
    await running?.stop();
  });
  return { describe, controlPlane };
}

// More than the control plane itself waits for its processes, so that its error is the one that is seen.
const START_LIMIT_MS = 300_000;

async function obtainAll(nodes: boolean): Promise<void> {
  await obtainControlPlane({ progress });
  if (nodes) await obtainNodes({ progress });
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}
