import { execFile } from "node:child_process";
import { PortcullisError } from "../../error.ts";

/** What a program said when it ended by itself. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A program that ended by itself, or that was killed: because its time was over, or it said too much. */
type Run = ({ readonly kind: "ended" } & Ended) | { readonly kind: "killed"; readonly cause: Error };

interface RunOptions {
  readonly folder?: string;
  /** Default: empty, so that no `OPA_*` variable of the caller changes what OPA does. */
  readonly environment?: Environment;
}

/** What a run may take. */
interface RunLimits {
  /** Zero is no limit. */
  readonly milliseconds: number;
  readonly outputBytes: number;
}

// The syntax tree of the largest policy in the Gatekeeper library is 0.3 MB with locations; this is for generated ones.
const MAX_OUTPUT_BYTES = 512 * 1024 * 1024;

/**
 * Runs a program to its end, without a shell.
 * Throws OPA_FAILED if it could not be started or was killed; any exit code is a result.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  const limits = { milliseconds: 0, outputBytes: MAX_OUTPUT_BYTES };
  const ended = await runWithin(limits, program, args, options);
  if (ended.kind === "killed") throw notRun(program, ended.cause);
  const { code, stdout, stderr } = ended;
  return { code, stdout, stderr };
}

/** Runs a program within limits, without a shell. Throws OPA_FAILED if it could not be started. */
export function runWithin(
  { milliseconds, outputBytes }: RunLimits,
  program: string,
  args: readonly string[],
  { folder, environment = {} }: RunOptions = {},
): Promise<Run> {
  const limits = { timeout: milliseconds, killSignal: "SIGKILL", maxBuffer: outputBytes } as const;
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      { cwd: folder, env: environment, windowsHide: true, ...limits },
      (error, stdout, stderr) => {
        if (error === null) resolve({ kind: "ended", code: 0, stdout, stderr });
        else if (typeof error.code === "number") resolve({ kind: "ended", code: error.code, stdout, stderr });
        else if (error.killed === true || typeof error.signal === "string") {
          resolve({ kind: "killed", cause: error });
        } else reject(notRun(program, error));
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
