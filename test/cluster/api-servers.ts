/** The API servers of a local control plane: the first, and one more on the same etcd, as production clusters have three. */
import { join } from "node:path";
import type { Ended } from "../../src/build/opa/run.ts";
import { ADMIN, bootApiServer, kubeconfigFile, type Plan } from "./boot.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import { HOST } from "./flags.ts";
import { freePort } from "./free-port.ts";
import { startHeldBack, type HeldBack } from "./held-back.ts";
import type { ApiServer } from "./identity.ts";
import { runKubectl, type KubectlOptions } from "./kubectl.ts";
import type { StartedProcess } from "./processes.ts";

/** An API server as its users see it. */
export interface ReachedApiServer {
  readonly server: ApiServer;
  /** The path of the user's kubeconfig. Default: that of `admin`. */
  readonly kubeconfig: (user?: string) => string;
  /** Any exit code is a result. */
  readonly kubectl: (args: readonly string[], options?: KubectlOptions) => Promise<Ended>;
}

/** It ends with its control plane. */
export interface SecondApiServer extends ReachedApiServer {
  /** SIGSTOP and SIGCONT play one that hangs. */
  readonly signal: StartedProcess["signal"];
  /** What it hears from etcd about webhook configurations; all else reaches it at once. */
  readonly webhookConfigurations: Pick<HeldBack, "hold" | "release">;
}

const WEBHOOK_CONFIGURATIONS = ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"];

/** Resolves when it is ready; rejects as `boot`. */
export async function bootSecondApiServer(first: Plan): Promise<SecondApiServer> {
  const { files, processes, apiServerFlags } = first;
  // As long as the name of etcd's own socket, whose path has been found short enough.
  const late = join(files.root, "late.sock");
  const webhookConfigurations = await startHeldBack(late, files.etcdSocket);
  void processes.stopped.then(webhookConfigurations.close);
  const overrides = WEBHOOK_CONFIGURATIONS.map(
    (resource) => `admissionregistration.k8s.io/${resource}#unix://${late}`,
  );
  const plan: Plan = {
    ...first,
    files: { ...files, kubeconfigs: `${files.kubeconfigs}-2` },
    port: await freePort(HOST),
    apiServerFlags: [...apiServerFlags, `--etcd-servers-overrides=${overrides.join(",")}`],
  };
  const { server, process } = await bootApiServer(plan, "kube-apiserver-2");
  return { ...reached(plan, server), signal: process.signal, webhookConfigurations };
}

export function reached({ files, programs, identities }: Plan, server: ApiServer): ReachedApiServer {
  const config = (user: string): string => {
    if (identities.has(user)) return kubeconfigFile(files, user);
    throw new ControlPlaneError(`There is no user ${user}; there are ${[...identities.keys()].join(", ")}.`);
  };
  return {
    server,
    kubeconfig: (user = ADMIN) => config(user),
    kubectl: (args, { user = ADMIN, input = "" } = {}) =>
      runKubectl({ program: programs.kubectl, args, kubeconfig: config(user), home: files.root, input }),
  };
}
