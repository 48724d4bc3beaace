/** What the end-to-end tests share: people who write objects to a control plane and read back what it stored. */
import { expect } from "@jest/globals";
import { cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Ended } from "../../src/build/opa/run.ts";
import type { ControlPlane } from "../cluster/control-plane.ts";
import type { ApiServer } from "../cluster/identity.ts";
import { buildFolder, temporaryFolder } from "../policy-folder.ts";

/** May do everything that RBAC can permit, and is in no group that Portcullis knows. */
export const DEVELOPER = "developer";
/** The same, in the group that may exempt namespaces. */
export const EXEMPTOR = "exemptor";

export const USERS = { [DEVELOPER]: ["developers"], [EXEMPTOR]: ["exemptors"] } as const;

/** The permissions of both; nobody here is in `system:masters`, which needs none. */
export const PERMISSIONS = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: "writers" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
  subjects: ["developers", "exemptors"].map((name) => ({
    apiGroup: "rbac.authorization.k8s.io",
    kind: "Group",
    name,
  })),
};

/** A bundle of the shipped packs and those of `test/e2e/policies`. */
export async function bundleForTests(): Promise<string> {
  const root = path.join(await temporaryFolder(), "policies");
  await cp("policies", root, { recursive: true });
  await cp("test/e2e/policies", root, { recursive: true });
  return (await buildFolder(root)).file;
}

/** Writes objects into a file, as `--bindings` and `--inventory` take it, and gives its path. */
export async function fileOf(name: string, ...objects: readonly object[]): Promise<string> {
  const file = path.join(await temporaryFolder(), name);
  await writeFile(file, objects.map((object) => JSON.stringify(object)).join("\n---\n"));
  return file;
}

const POLICY = "policy.portcullis.dev/v1alpha1";

/** The shipped exclusions, but with the group of the exemptor as the only one that may exempt. */
export const EXCLUSIONS = {
  apiVersion: POLICY,
  kind: "Exclusions",
  metadata: { name: "exclusions" },
  spec: {
    namespaces: ["kube-system", "kube-public", "kube-node-lease", "portcullis-system"],
    namespaceLabelGroups: ["exemptors"],
  },
};

export function policyBinding(name: string, spec: object): object {
  return { apiVersion: POLICY, kind: "PolicyBinding", metadata: { name }, spec };
}

/** Somebody who uses the cluster with kubectl. An `input` is for `--filename=-`: JSON, or an object. */
export interface Person {
  /** Runs kubectl; the line is split at its spaces. Any exit code is a result. */
  kubectl(line: string, input?: string | object): Promise<Ended>;
  /** The same, but throws what kubectl says if it fails. Gives what it printed. */
  succeed(line: string, input?: string | object): Promise<string>;
  /** A value of a stored object, e.g. `("pod/web --namespace=shop", "{.spec}")`; throws if there is no object. */
  stored(what: string, jsonPath: string): Promise<string>;
}

export function person(cluster: () => Pick<ControlPlane, "kubectl">, user: string): Person {
  const kubectl: Person["kubectl"] = (line, input = "") =>
    cluster().kubectl(line.split(" "), {
      user,
      input: typeof input === "string" ? input : JSON.stringify(input),
    });
  const succeed: Person["succeed"] = async (line, input) => {
    const { code, stdout, stderr } = await kubectl(line, input);
    if (code !== 0) throw new Error(`kubectl ${line} ended with exit code ${code}: ${stderr}`);
    return stdout;
  };
  return {
    kubectl,
    succeed,
    stored: (what, jsonPath) => succeed(`get ${what} --output=jsonpath=${jsonPath}`),
  };
}

/** Writes a kubeconfig with the administrator's credentials for another address, and gives its path. */
export async function kubeconfigTo(
  { host, port, ca }: ApiServer,
  controlPlane: ControlPlane,
): Promise<string> {
  const folder = await temporaryFolder();
  const [file, authority] = [path.join(folder, "kubeconfig"), path.join(folder, "ca.crt")];
  await writeFile(file, await readFile(controlPlane.kubeconfig()));
  await writeFile(authority, ca);
  const set = `config --kubeconfig=${file} set-cluster portcullis --server=https://${host}:${port}`;
  await person(() => controlPlane, "admin").succeed(
    `${set} --certificate-authority=${authority} --embed-certs`,
  );
  return file;
}

/** What kubectl says of an object that is not there. */
export const NOT_FOUND = { code: 1, stderr: expect.stringContaining("Error from server (NotFound)") };

/** What kubectl says where a webhook denied; `by` is the webhook's name without its domain. */
export function deniedBy(by: string, message: string): { readonly code: 1; readonly stderr: unknown } {
  const text = `admission webhook "${by}.portcullis.dev" denied the request: ${message}\n`;
  return { code: 1, stderr: expect.stringContaining(text) };
}
