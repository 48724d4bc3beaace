import { join } from "node:path";
import { whileRunning, type Progress } from "../progress.ts";
import { onPath } from "./locate.ts";
import type { Obtained } from "./obtained.ts";
import { GO_MINIMUM, OPA_MODULE, opaFileName, type Machine } from "./release.ts";
import { run, type Environment } from "./run.ts";

interface GoInstall {
  readonly environment: Environment;
  readonly machine: Machine;
  /** The folder that gets the program. */
  readonly folder: string;
  readonly progress: Progress;
}

/** Builds OPA from the Go module, whose checksum Go verifies. Takes about a minute. */
export async function goInstall({ environment, machine, folder, progress }: GoInstall): Promise<Obtained> {
  const [go] = await onPath(machine.platform === "win32" ? "go.exe" : "go", environment);
  if (go === undefined) return { failure: "Go is not on the PATH" };
  const unfit = await unfitVersion(go, environment);
  if (unfit !== undefined) return { failure: unfit };
  progress(`Building OPA with \`go install ${OPA_MODULE}\`; this takes about a minute, once.`);
  // A user's cross-compiling settings would build for another machine, and cgo would need a C compiler.
  const settings = { ...environment, GOBIN: folder, CGO_ENABLED: "0", GOOS: undefined, GOARCH: undefined };
  const { code, stderr } = await whileRunning(
    progress,
    (seconds) => `Still building OPA (${seconds} s).`,
    () => run(go, ["install", OPA_MODULE], { environment: settings, folder }),
  );
  if (code !== 0) return { failure: `\`go install ${OPA_MODULE}\` failed: ${lastLine(stderr)}` };
  return { file: join(folder, opaFileName(machine.platform)) };
}

async function unfitVersion(go: string, environment: Environment): Promise<string | undefined> {
  const { stdout } = await run(go, ["env", "GOVERSION"], { environment });
  const version = /go(\d+)\.(\d+)\S*/.exec(stdout);
  if (version === null) return `${go} does not say its version`;
  const [major = 0, minor = 0] = GO_MINIMUM.split(".").map(Number);
  const fits = Number(version[1]) > major || (Number(version[1]) === major && Number(version[2]) >= minor);
  return fits ? undefined : `building OPA needs Go ${GO_MINIMUM}, and ${go} is ${version[0].slice(2)}`;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
