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
  const { code, stderr } = await run("docker", ["info", "--format={{.ServerVersion}}"], { environment });
  if (code === 0) return undefined;
  const why = stderr.trim().split("\n").at(-1) ?? "";
  return `make kind needs a running Docker, and \`docker info\` says: ${why} Start Docker, or use \`make cluster\`, which needs none.`;
}
