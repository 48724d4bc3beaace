/** A cluster that somebody else has started, as far as tests need one. */
import { mkdtemp, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { ControlPlane } from "../cluster/control-plane.ts";
import { runKubectl } from "../cluster/kubectl.ts";

/** What people do there; who it is made of is nobody's business. */
export type Cluster = Pick<ControlPlane, "kubectl" | "kubeconfig">;

/** Names and groups, as for a control plane of one's own. */
export type Users = Readonly<Record<string, readonly string[]>>;

export interface ExistingClusterOptions {
  /** The kubeconfig of somebody who may do everything, also impersonate; its current context counts. */
  readonly kubeconfig: string;
  /** Path of the program. */
  readonly kubectl: string;
  readonly users: Users;
  /** Where files are made; the caller removes it. */
  readonly folder: string;
}

const Kubeconfig = z.looseObject({
  users: z.array(z.looseObject({ name: z.string(), user: z.looseObject({}) })),
});

/** The same credentials, with which the API server takes every request for one of somebody else. */
function impersonating(kubeconfig: unknown, name: string, groups: readonly string[]): object {
  const config = Kubeconfig.parse(kubeconfig);
  return {
    ...config,
    users: config.users.map((each) => ({ ...each, user: { ...each.user, as: name, "as-groups": groups } })),
  };
}

/** Its users are impersonated, `admin` is whom the kubeconfig names. Throws what kubectl says of a broken kubeconfig. */
export async function existingCluster(options: ExistingClusterOptions): Promise<Cluster> {
  const { kubeconfig, kubectl: program, users } = options;
  const folder = await mkdtemp(path.join(options.folder, "cluster-"));
  const call = { program, home: folder, input: "" };
  const view = ["config", "view", "--raw", "--minify", "--flatten", "--output=json"];
  const { code, stdout, stderr } = await runKubectl({ ...call, kubeconfig, args: view });
  if (code !== 0) throw new Error(`${kubeconfig} cannot be used: ${stderr.trim()}`);
  const files = new Map([["admin", kubeconfig]]);
  for (const [name, groups] of Object.entries(users)) {
    const file = path.join(folder, `${name}.json`);
    await writeFile(file, JSON.stringify(impersonating(JSON.parse(stdout), name, groups)), { mode: 0o600 });
    files.set(name, file);
  }
  const fileOf = (user = "admin"): string => {
    const file = files.get(user);
    if (file === undefined)
      throw new Error(`There is no user ${user}; there are ${[...files.keys()].join(", ")}.`);
    return file;
  };
  return {
    kubeconfig: fileOf,
    kubectl: (args, { user, input = "" } = {}) =>
      runKubectl({ ...call, args, kubeconfig: fileOf(user), input }),
  };
}
