import { execFile } from "node:child_process";
import { PortcullisError } from "../../error.ts";

/** A program that ended by itself, or not within its time. */
export type Run =
  | { readonly kind: "ended"; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: "timeout" };

/** How OPA is run: in `folder`, for at most `milliseconds`. */
export interface OpaProcess {
  readonly program: string;
  readonly folder: string;
  readonly milliseconds: number;
}

// What a test prints in an endless loop must not fill the memory.
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * Most of these processes live for some milliseconds: without collecting garbage they take a third less time. One that
 * allocates without end collects it from the limit on.
 */
const ENVIRONMENT = { GOGC: "off", GOMEMLIMIT: "512MiB" };

/** Runs OPA, and ends it when its time is over. Throws OPA_FAILED if it cannot be started. */
export function runOpa({ program, folder, milliseconds }: OpaProcess, args: readonly string[]): Promise<Run> {
  const limits = { timeout: milliseconds, killSignal: "SIGKILL", maxBuffer: MAX_OUTPUT_BYTES } as const;
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      { cwd: folder, env: ENVIRONMENT, windowsHide: true, ...limits },
      (error, stdout, stderr) => {
        if (error === null) resolve({ kind: "ended", code: 0, stdout, stderr });
        else if (typeof error.code === "number") resolve({ kind: "ended", code: error.code, stdout, stderr });
        else if (error.killed === true || typeof error.signal === "string") resolve({ kind: "timeout" });
        else reject(notRun(program, error));
      },
    );
  });
}

function notRun(program: string, cause: Error): PortcullisError {
  return new PortcullisError("OPA_FAILED", {
    message: `${program} could not be run: ${cause.message}`,
    remedy: "Check that this file is a program for this machine and may be executed.",
    position: { file: program },
    cause,
  });
}
