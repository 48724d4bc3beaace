/** `make cluster`: a local control plane with Portcullis in it, until Ctrl-C. */
import { readFile } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import { onPath } from "../../src/build/opa/locate.ts";
import { explainError } from "../../src/cli/explain-error.ts";
import { loadBundle } from "../../src/cli/load-policies.ts";
import { readEnvironment } from "../../src/cli/surroundings.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import type { ControlPlane } from "./control-plane.ts";
import { installPortcullis } from "./install.ts";
import { obtainControlPlane } from "./obtain.ts";
import { run } from "./run.ts";

const start = performance.now();
const say = (line: string): void => void process.stderr.write(`${line}\n`);

function interruption(): Promise<unknown> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, resolve);
  });
}

/** The namespaces of the manifests to try. */
const NAMESPACES = "test/fixtures/mutation/namespaces.yaml";

async function install(controlPlane: ControlPlane, policies: string): Promise<void> {
  await installPortcullis(controlPlane, { policies, bindings: ["manifests/base/bindings"] });
  const namespaces = await readFile(NAMESPACES, "utf8");
  const account = ["wait", "--for=create", "serviceaccount/default", "--namespace=shop"];
  for (const args of [["apply", "--filename=-"], account]) {
    const { code, stderr } = await controlPlane.kubectl(args, { input: namespaces });
    if (code !== 0) throw new ControlPlaneError(`The namespaces could not be made: ${stderr.trim()}`);
  }
}

async function howToTry(controlPlane: ControlPlane, built: string): Promise<readonly string[]> {
  const kubectl = (await onPath("kubectl", process.env)).length > 0 ? "kubectl" : built;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  say(`Ready after ${seconds} s; logs are in ${controlPlane.logs}. Ctrl-C ends it and removes everything.`);
  say("In another terminal, in this folder: the first `apply` is denied, the second admitted and changed.");
  return [
    `export KUBECONFIG=${quoted(controlPlane.kubeconfig())}`,
    `${kubectl} apply --filename=test/fixtures/manifests/bad-pod.yaml`,
    `${kubectl} apply --filename=test/fixtures/manifests/small-pod.yaml --output=yaml`,
  ];
}

/** As a POSIX shell takes it, whatever is in it. */
function quoted(text: string): string {
  return /^[\w./@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

try {
  // Whoever cannot have them should not first wait for anything else.
  const { kubectl } = await obtainControlPlane({ progress: say });
  const { file } = await loadBundle("policies", readEnvironment(process), say);
  await run({
    progress: say,
    print: (line) => void process.stdout.write(`${line}\n`),
    install: async (controlPlane) => {
      await install(controlPlane, file);
      return howToTry(controlPlane, kubectl);
    },
    interruption,
  });
} catch (error) {
  process.stderr.write(
    error instanceof ControlPlaneError ? `error: ${error.message}\n` : explainError(error),
  );
  process.exitCode = 1;
}
