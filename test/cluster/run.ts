import type { Progress } from "../../src/build/progress.ts";
import { startControlPlane, type ControlPlane, type ControlPlaneOptions } from "./control-plane.ts";
import { failureError } from "./logs.ts";

export interface RunOptions extends ControlPlaneOptions {
  /** Brings into the cluster what is to be tried there; gives the lines that tell a person what to do next. */
  readonly install: (controlPlane: ControlPlane) => Promise<readonly string[]>;
  /** Takes one line for standard output. */
  readonly print: Progress;
  /** Resolves when a person wants it to end; not called before it runs, when a signal may end the program as it is. */
  readonly interruption: () => Promise<unknown>;
}

/**
 * Starts a control plane, installs, prints how to use it, and lives until it is interrupted. Nothing is left behind,
 * however it ends. Throws ControlPlaneError, also when a process ends by itself, and what `install` throws.
 */
export async function run(options: RunOptions): Promise<void> {
  const controlPlane = await startControlPlane(options);
  try {
    const interrupted = options.interruption().then(() => undefined);
    const used = use(controlPlane, options).then(() => interrupted);
    const error = await Promise.race([used, interrupted, controlPlane.failed.then(failureError)]);
    if (error !== undefined) throw error;
  } finally {
    await controlPlane.stop();
  }
}

async function use(controlPlane: ControlPlane, { install, print }: RunOptions): Promise<void> {
  for (const line of await install(controlPlane)) print(line);
}
