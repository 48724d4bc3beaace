import { execFile } from "node:child_process";
import { PortcullisError } from "../../error.ts";

/** What a program said when it ended by itself. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

interface RunOptions {
  readonly folder?: string;
  /** Default: empty, so that no `OPA_*` variable of the caller changes what OPA does. */
  readonly environment?: Environment;
}

// The syntax tree of the largest policy in the Gatekeeper library is 0.3 MB with locations; this is for generated ones.
const MAX_OUTPUT_BYTES = 512 * 1024 * 1024;

/**
 * Runs a program to its end, without a shell.
 * Throws OPA_FAILED if it could not be started or was killed; any exit code is a result.
 */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { folder, environment = {} } = options;
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      { cwd: folder, env: environment, maxBuffer: MAX_OUTPUT_BYTES, windowsHide: true },
      (error, stdout, stderr) => {
        if (error === null) resolve({ code: 0, stdout, stderr });
        else if (typeof error.code === "number") resolve({ code: error.code, stdout, stderr });
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
