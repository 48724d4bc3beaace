import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { onPath } from "../../src/build/opa/locate.ts";

const TOOLS = [
  { name: "docker", where: "https://docs.docker.com/get-docker/" },
  { name: "kind", where: "https://kind.sigs.k8s.io (0.32 or later)" },
  { name: "kubectl", where: "https://kubernetes.io/docs/tasks/tools/" },
] as const;

/** Docker answers at once; one that is far away, or hangs, is not waited for. */
const SECONDS = 30;

/**
 * What is missing for `make kind` and where to get it, as one sentence; undefined if everything is there. Throws the
 * reason of the signal once that is given.
 */
export async function missingTools(
  environment: NodeJS.ProcessEnv,
  stop: AbortSignal,
): Promise<string | undefined> {
  const missing: string[] = [];
  for (const { name, where } of TOOLS)
    if ((await onPath(name, environment)).length === 0) missing.push(`${name} (${where})`);
  if (missing.length > 0)
    return `make kind needs what is not on the PATH: ${missing.join(", ")}. Without them, \`make cluster\` starts a control plane that needs no Docker.`;
  const buildx = "Docker's plugin buildx (https://docs.docker.com/go/buildx/)";
  const ask = (args: readonly string[]): Promise<Answer> => docker(args, environment, stop);
  return (
    // `docker info` with a format ends well where it reaches nobody (docker/cli's issue 5900).
    faultOf(await ask(["version", "--format={{.Server.Version}}"]), "version", "a running Docker") ??
    faultOf(await ask(["buildx", "version"]), "buildx", buildx)
  );
}

interface Answer {
  /** `null` where a signal has ended it. */
  readonly code: number | null;
  readonly stderr: string;
}

/** A process group of its own: Ctrl-C reaches it only through the signal, so that it is never taken for a fault of Docker. */
async function docker(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  stop: AbortSignal,
): Promise<Answer> {
  stop.throwIfAborted();
  const child = spawn("docker", args, {
    env: environment,
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
    timeout: SECONDS * 1_000,
    killSignal: "SIGKILL",
    signal: stop,
  });
  try {
    const [stderr] = await Promise.all([text(child.stderr), once(child, "close")]);
    return { code: child.exitCode, stderr };
  } catch (error) {
    stop.throwIfAborted();
    throw error;
  }
}

/** Why what `make kind` needs is not there, if this call of Docker has failed. */
function faultOf({ code, stderr }: Answer, command: string, needed: string): string | undefined {
  if (code === 0) return undefined;
  const why = code === null ? `was killed, or took more than ${SECONDS} seconds.` : lastWords(stderr, code);
  return `make kind needs ${needed}, and \`docker ${command}\` ${why} Mend that, or use \`make cluster\`, which needs no Docker.`;
}

function lastWords(stderr: string, code: number): string {
  const line = stderr.trim().split("\n").at(-1) ?? "";
  if (line === "") return `ended with exit code ${code}.`;
  return `says: ${line}${/[.?!]$/.test(line) ? "" : "."}`;
}
