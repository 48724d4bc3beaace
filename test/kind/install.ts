/** Portcullis in a cluster with Nodes, as docs/install.md says: the overlay, the Pods, then the webhooks. */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { run } from "../../src/build/opa/run.ts";
import type { Cluster } from "./existing-cluster.ts";

export interface Deployment {
  /** The overlay, a folder with a kustomization. */
  readonly overlay: string;
  /** Where files are made; the caller removes it. */
  readonly folder: string;
  /** What the Pods decide by instead of what the image and the overlay have: a bundle, and files of bindings. */
  readonly instead?: { readonly policies: string; readonly bindings: readonly string[] };
  /** Takes one line for a person. */
  readonly progress: (line: string) => void;
}

const NAMESPACE = "--namespace=portcullis-system";
/** More than a Pod needs for its image and its certificate on a slow laptop. */
const PATIENCE = "--timeout=180s";

/** Resolves when the API server enforces the policies. Throws what kubectl or `portcullis webhooks` say if it fails. */
export async function deploy(cluster: Cluster, deployment: Deployment): Promise<void> {
  const { overlay, instead, progress } = deployment;
  progress(`Applying ${overlay}.`);
  await succeed(cluster, [
    "apply",
    "--server-side",
    "--force-conflicts",
    `--kustomize=${path.resolve(overlay)}`,
  ]);
  if (instead !== undefined) await replaceSources(cluster, instead);
  progress("Waiting for the Pods.");
  await succeed(cluster, ["rollout", "status", "deployment/portcullis", NAMESPACE, PATIENCE]);
  progress("Installing the webhooks.");
  await applyWebhooks(cluster, deployment, await authority(cluster, deployment.folder));
}

/** Gives what kubectl prints; throws what it says if it fails. */
async function succeed({ kubectl }: Cluster, args: readonly string[], input: object = {}): Promise<string> {
  const { code, stdout, stderr } = await kubectl(args, { input: JSON.stringify(input) });
  if (code === 0) return stdout;
  throw new Error(`kubectl ${args.join(" ")} ended with exit code ${code}: ${stderr.trim()}`);
}

async function argumentsOf(cluster: Cluster): Promise<readonly string[]> {
  const output = "--output=jsonpath={.spec.template.spec.containers[0].args}";
  const stored = await succeed(cluster, ["get", "deployment/portcullis", NAMESPACE, output]);
  return z.array(z.string()).parse(JSON.parse(stored));
}

const APPLY = ["apply", "--server-side", "--force-conflicts", "--filename=-"];

const METADATA = { namespace: "portcullis-system" } as const;
const BUNDLE = "portcullis-test-bundle";

/** A bundle fits into a ConfigMap (1 MiB) many times over; the Pods are replaced, since they are to read another file. */
async function replaceSources(
  cluster: Cluster,
  { policies, bindings }: NonNullable<Deployment["instead"]>,
): Promise<void> {
  const bundle = (await readFile(policies)).toString("base64");
  const texts = await Promise.all(bindings.map((file) => readFile(file, "utf8")));
  await succeed(cluster, APPLY, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...METADATA, name: BUNDLE },
    binaryData: { "bundle.tar.gz": bundle },
  });
  await succeed(cluster, ["replace", "--filename=-"], {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...METADATA, name: "portcullis-bindings" },
    data: Object.fromEntries(texts.map((text, index) => [`${index}.yaml`, text])),
  });
  const patch = `--patch=${JSON.stringify(otherBundle(await argumentsOf(cluster)))}`;
  await succeed(cluster, ["patch", "deployment/portcullis", NAMESPACE, "--type=strategic", patch]);
  // The bindings have changed without the Deployment.
  await succeed(cluster, ["rollout", "restart", "deployment/portcullis", NAMESPACE]);
}

function otherBundle(args: readonly string[]): object {
  return {
    spec: {
      template: {
        spec: {
          containers: [
            {
              name: "portcullis",
              args: [
                ...args.filter((arg) => !arg.startsWith("--policies=")),
                "--policies=/bundle/bundle.tar.gz",
              ],
              volumeMounts: [{ name: "bundle", mountPath: "/bundle", readOnly: true }],
            },
          ],
          volumes: [{ name: "bundle", configMap: { name: BUNDLE } }],
        },
      },
    },
  };
}

const ATTEMPTS = 60;

/** What signed the server's certificate, as a file. The leader makes it before a Pod is ready. */
async function authority(cluster: Cluster, folder: string): Promise<string> {
  const secret = ["get", "secret/portcullis-tls", NAMESPACE, "--output=jsonpath={.data.ca\\.crt}"];
  for (let attempt = 1; ; attempt += 1) {
    const { code, stdout, stderr } = await cluster.kubectl(secret);
    if (code === 0 && stdout !== "") {
      const file = path.join(folder, "ca.crt");
      await writeFile(file, Buffer.from(stdout, "base64"));
      return file;
    }
    if (attempt === ATTEMPTS) throw new Error(`The Secret portcullis-tls has no ca.crt: ${stderr.trim()}`);
    await delay(1_000);
  }
}

async function applyWebhooks(cluster: Cluster, { instead }: Deployment, caFile: string): Promise<void> {
  const { policies, bindings } = instead ?? { policies: "policies", bindings: ["manifests/base/bindings"] };
  const { code, stderr } = await run(
    "node",
    [
      "--disable-warning=ExperimentalWarning",
      "src/main.ts",
      "webhooks",
      "--apply",
      "--cluster",
      `--kubeconfig=${cluster.kubeconfig()}`,
      `--ca-file=${caFile}`,
      `--policies=${policies}`,
      ...bindings.map((file) => `--bindings=${file}`),
    ],
    { environment: { ...process.env, NO_COLOR: "1" } },
  );
  if (code !== 0) throw new Error(`The webhooks could not be installed: ${stderr.trim()}`);
}
