import { setTimeout as delay } from "node:timers/promises";
import path from "node:path";
import { mustRun, run, startProcess, type Program } from "./processes.ts";

/** How often constraints are tried: their kinds exist only after Gatekeeper has seen the templates. */
const ATTEMPTS = 60;

/** What it takes to run Gatekeeper's manager outside a cluster. */
export interface GatekeeperSetup {
  /** The manager binary. */
  readonly manager: string;
  /** Of a control plane that has Gatekeeper's CRDs and the namespace gatekeeper-system. */
  readonly kubeconfig: string;
}

/** The setup from the environment, or the reason why there is none. */
export function gatekeeperSetup(environment: NodeJS.ProcessEnv): GatekeeperSetup | string {
  const { GATEKEEPER: manager, GATEKEEPER_KUBECONFIG: kubeconfig } = environment;
  if (manager !== undefined && kubeconfig !== undefined) return { manager, kubeconfig };
  return "Gatekeeper is left out: set GATEKEEPER (its manager binary) and GATEKEEPER_KUBECONFIG (of a control plane with its CRDs and the namespace gatekeeper-system).";
}

/** The flags are the kit's: out of cluster, certificates of the benchmark, every operation but audit. */
export function gatekeeperProgram(
  { manager, kubeconfig }: GatekeeperSetup,
  {
    webhook,
    operations,
    certificate,
  }: { readonly webhook: number; readonly operations: number; readonly certificate: string },
): Program {
  return {
    command: manager,
    args: [
      `--kubeconfig=${kubeconfig}`,
      "--debug-use-fake-pod",
      "--disable-cert-rotation",
      `--cert-dir=${path.dirname(certificate)}`,
      "--host=127.0.0.1",
      `--port=${webhook}`,
      "--health-addr=127.0.0.1:0",
      "--metrics-addr=127.0.0.1:0",
      `--prometheus-port=${operations}`,
      ...["webhook", "status", "generate", "mutation-webhook"].map((name) => `--operation=${name}`),
      "--exempt-namespace=gatekeeper-system",
      "--log-level=INFO",
    ],
    environment: { POD_NAMESPACE: "gatekeeper-system", POD_NAME: "bench", CONTAINER_NAME: "manager" },
  };
}

/** Stores the kit's templates and constraints; a manager runs meanwhile, because it makes the kinds of the constraints. */
export async function installRules(setup: GatekeeperSetup, rules: string, program: Program): Promise<void> {
  const apply = (folder: string): Program => ({
    command: "kubectl",
    args: ["--kubeconfig", setup.kubeconfig, "apply", "-f", path.join(rules, "gatekeeper", folder)],
  });
  await mustRun(apply("templates"));
  const manager = startProcess(program);
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if ((await run(apply("constraints"))).code === 0) return;
      await delay(1_000);
    }
    throw new Error("Gatekeeper did not make the kinds of its constraints within a minute.");
  } finally {
    await manager.stop();
  }
}
