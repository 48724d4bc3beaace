import { onPath } from "../../src/build/opa/locate.ts";
import { run } from "../../src/build/opa/run.ts";

const TOOLS = [
  { name: "docker", where: "https://docs.docker.com/get-docker/" },
  { name: "kind", where: "https://kind.sigs.k8s.io (0.32 or later)" },
  { name: "kubectl", where: "https://kubernetes.io/docs/tasks/tools/" },
] as const;

/** What is missing for `make kind` and where to get it, as one sentence; undefined if everything is there. */
export async function missingTools(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const missing: string[] = [];
  for (const { name, where } of TOOLS)
    if ((await onPath(name, environment)).length === 0) missing.push(`${name} (${where})`);
  if (missing.length > 0)
    return `make kind needs what is not on the PATH: ${missing.join(", ")}. Without them, \`make cluster\` starts a control plane that needs no Docker.`;
  const buildx = "Docker's plugin buildx (https://docs.docker.com/go/buildx/)";
  return (
    (await faultOf(["info", "--format={{.ServerVersion}}"], "a running Docker", environment)) ??
    (await faultOf(["buildx", "version"], buildx, environment))
  );
}

/** Why what `make kind` needs is not there, if this call of Docker fails. */
async function faultOf(
  args: readonly string[],
  needed: string,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const { code, stderr } = await run("docker", args, { environment });
  if (code === 0) return undefined;
  const why = stderr.trim().split("\n").at(-1) ?? "";
  return `make kind needs ${needed}, and \`docker ${args[0]}\` says: ${why} Mend that, or use \`make cluster\`, which needs no Docker.`;
}
