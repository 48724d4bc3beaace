import { onPath } from "../../src/build/opa/locate.ts";
import { runWithin, type Ended } from "../../src/build/opa/run.ts";

const TOOLS = [
  { name: "docker", where: "https://docs.docker.com/get-docker/" },
  { name: "kind", where: "https://kind.sigs.k8s.io (0.32 or later)" },
  { name: "kubectl", where: "https://kubernetes.io/docs/tasks/tools/" },
] as const;

/** Docker answers at once; one that is far away, or hangs, is not waited for. */
const SECONDS = 30;
const LIMITS = { milliseconds: SECONDS * 1_000, outputBytes: 1024 * 1024 };

/** What is missing for `make kind` and where to get it, as one sentence; undefined if everything is there. */
export async function missingTools(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const missing: string[] = [];
  for (const { name, where } of TOOLS)
    if ((await onPath(name, environment)).length === 0) missing.push(`${name} (${where})`);
  if (missing.length > 0)
    return `make kind needs what is not on the PATH: ${missing.join(", ")}. Without them, \`make cluster\` starts a control plane that needs no Docker.`;
  const buildx = "Docker's plugin buildx (https://docs.docker.com/go/buildx/)";
  return (
    // `docker info` with a format ends well where it reaches nobody (docker/cli's issue 5900).
    (await faultOf(["version", "--format={{.Server.Version}}"], "a running Docker", environment)) ??
    (await faultOf(["buildx", "version"], buildx, environment))
  );
}

/** Why what `make kind` needs is not there, if this call of Docker fails. */
async function faultOf(
  args: readonly string[],
  needed: string,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const ended = await runWithin(LIMITS, "docker", args, { environment });
  if (ended.kind === "ended" && ended.code === 0) return undefined;
  const why = ended.kind === "ended" ? lastWords(ended) : `was killed, or took more than ${SECONDS} seconds.`;
  return `make kind needs ${needed}, and \`docker ${args[0]}\` ${why} Mend that, or use \`make cluster\`, which needs no Docker.`;
}

function lastWords({ stderr, code }: Ended): string {
  const line = stderr.trim().split("\n").at(-1) ?? "";
  if (line === "") return `ended with exit code ${code}.`;
  return `says: ${line}${/[.?!]$/.test(line) ? "" : "."}`;
}
