import { spawn } from "node:child_process";
import type { Ended } from "../../src/build/opa/run.ts";

export interface KubectlOptions {
  /** Default: `admin`. */
  readonly user?: string;
  /** Written to standard input, for `--filename=-`. */
  readonly input?: string | Uint8Array;
}

interface KubectlCall {
  readonly program: string;
  readonly args: readonly string[];
  readonly kubeconfig: string;
  /** Where it caches what it learns about the server; the caller's own `~/.kube` is never looked at. */
  readonly home: string;
  readonly input: string | Uint8Array;
}

/** Runs kubectl to its end; any exit code is a result, -1 if a signal ended it. */
export function runKubectl(call: KubectlCall): Promise<Ended> {
  const child = spawn(call.program, call.args, {
    cwd: call.home,
    env: { PATH: process.env["PATH"], HOME: call.home, KUBECONFIG: call.kubeconfig },
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // kubectl may end without having read all of it; then its exit code says why.
  child.stdin.on("error", () => undefined);
  child.stdin.end(call.input);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      resolve({
        code: code ?? -1,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
  });
}
