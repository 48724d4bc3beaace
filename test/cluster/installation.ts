/** What every server beside a local control plane needs there, and the webhooks that lead to it. */
import { writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { ensureDevelopmentCertificates } from "../../certs/development-certificates.ts";
import { cacheFolder } from "../../src/build/cache-folder.ts";
import { run, type Ended } from "../../src/build/opa/run.ts";
import { mountSecret, untilIssued } from "./cert-manager.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import type { ControlPlane } from "./control-plane.ts";
import { readDeployed, type Deployed } from "./deployed.ts";
import { kubeconfig } from "./identity.ts";
import { folderOf, PROGRAM, startReplica, type Replica } from "./replica.ts";

/** What the server decides by; paths as on the command line of `portcullis serve`. */
export interface Installation {
  /** A folder of policies that is in the cache, or a bundle: the server gets no OPA. */
  readonly policies: string;
  readonly bindings: readonly string[];
  /** Whether it has its certificate from the Secret that it keeps itself. Default: false, development certificates. */
  readonly manageCertificates?: boolean;
  /** Whether cert-manager issues the certificate, with the overlay of that name. It has to run. Default: false. */
  readonly certManager?: boolean;
  /** Whether it keeps the webhook configurations current once they are installed. Default: false. */
  readonly keepWebhooks?: boolean;
}

/** Manifests are applied, certificates and permissions are there; nothing runs yet. */
export interface Prepared {
  readonly controlPlane: ControlPlane;
  readonly installation: Installation;
  readonly deployed: Deployed;
  /** With `ca.crt`, `tls.crt` and `tls.key`. */
  readonly certificates: string;
  /** With the account that the Pods of the Deployment have. */
  readonly kubeconfig: string;
}

const OVERLAYS = resolve(import.meta.dirname, "../../manifests/overlays");
const SERVICE = "portcullis-system/portcullis";

/** Throws ControlPlaneError with what did not work. */
export async function prepare(controlPlane: ControlPlane, installation: Installation): Promise<Prepared> {
  const folder = folderOf(controlPlane);
  const certificates =
    installation.certManager === true
      ? await prepareCertManager(controlPlane)
      : await prepareLocal(controlPlane, folder);
  return {
    controlPlane,
    installation,
    deployed: await readDeployed(),
    certificates,
    kubeconfig: await ownKubeconfig(controlPlane, folder),
  };
}

/** Gives the folder of the certificates. */
async function prepareLocal(controlPlane: ControlPlane, folder: string): Promise<string> {
  await must(controlPlane, ["apply", "--server-side", `--kustomize=${join(OVERLAYS, "local")}`]);
  await ensureDevelopmentCertificates(folder, new Date());
  return folder;
}

/** The overlay as it is shipped; only the Service is that of `local`, since there is no network of Pods. */
async function prepareCertManager(controlPlane: ControlPlane): Promise<string> {
  await must(controlPlane, ["apply", "--server-side", `--kustomize=${join(OVERLAYS, "cert-manager")}`]);
  const service = `--patch-file=${join(OVERLAYS, "local", "service.yaml")}`;
  await must(controlPlane, ["patch", "service/portcullis", "--namespace=portcullis-system", service]);
  await untilIssued(controlPlane, "portcullis-tls");
  const folder = secretVolume(controlPlane);
  await mountSecret(controlPlane, folder);
  return folder;
}

/** Where the servers find the Secret that cert-manager issues. */
export function secretVolume(controlPlane: ControlPlane): string {
  return join(folderOf(controlPlane), "tls");
}

/** Gives what kubectl prints; throws what it says if it fails. */
async function must({ kubectl }: ControlPlane, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await kubectl(args);
  if (code === 0) return stdout;
  throw new ControlPlaneError(`The manifests could not be applied: ${stderr.trim()}`);
}

/** With the account and the permissions that the Pods of the Deployment have. */
async function ownKubeconfig(controlPlane: ControlPlane, folder: string): Promise<string> {
  const account = { name: "portcullis", groups: [] };
  // The kubelet would renew a Pod's token; this one has to last as long as anybody tries things out.
  const lasting = ["--namespace=portcullis-system", "--duration=8760h"];
  const token = await must(controlPlane, ["create", "token", account.name, ...lasting]);
  const file = join(folder, "kubeconfig");
  await writeFile(file, kubeconfig(controlPlane.server, { ...account, token: token.trim() }), {
    mode: 0o600,
  });
  return file;
}

export interface ServerToStart {
  /** Names its log file. */
  readonly name: string;
  /** Of the Service, on loopback. Default: its own admission port. */
  readonly servicePort?: number;
  /** For `portcullis serve`, after the others: what is named twice has the last value. */
  readonly args?: readonly string[];
  /** Added to the environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts `portcullis serve` as the Deployment does, but with one thread. */
export function startServer(prepared: Prepared, server: ServerToStart): Promise<Replica> {
  const { controlPlane, installation, deployed } = prepared;
  const { name, servicePort, args = [], environment = {} } = server;
  return startReplica(controlPlane, {
    name,
    environment: { XDG_CACHE_HOME: dirname(ownCache()), ...environment },
    args: ({ admissionPort }) => [
      ...sourceOptions(installation),
      "--cluster",
      `--kubeconfig=${prepared.kubeconfig}`,
      "--workers=1",
      deployed.drain,
      ...leaderOptions(prepared, servicePort ?? admissionPort),
      ...args,
    ],
  });
}

/** Where Node.js finds the program compiled, and the server the policies; the control plane's home has neither. */
function ownCache(): string {
  return cacheFolder(process.env, process.platform, homedir());
}

function sourceOptions({ policies, bindings }: Installation): readonly string[] {
  return [`--policies=${resolve(policies)}`, ...bindings.map((path) => `--bindings=${resolve(path)}`)];
}

function leaderOptions({ installation, certificates }: Prepared, port: number): readonly string[] {
  const { manageCertificates = false, keepWebhooks = false } = installation;
  return [
    ...(manageCertificates
      ? ["--manage-certificates"]
      : [`--cert=${join(certificates, "tls.crt")}`, `--key=${join(certificates, "tls.key")}`]),
    ...(keepWebhooks ? ["--keep-webhooks"] : []),
    ...(manageCertificates || keepWebhooks ? [`--service=${SERVICE}:${port}`] : []),
  ];
}

/** Runs `portcullis webhooks --apply` for what the files say now; `args` are added. Any exit code is a result. */
export function applyWebhooks(
  { controlPlane, installation, certificates }: Prepared,
  servicePort: number,
  args: readonly string[],
): Promise<Ended> {
  const isInSecret = installation.manageCertificates === true || installation.certManager === true;
  const authority = isInSecret ? `--ca-secret=${SERVICE}-tls` : `--ca-file=${join(certificates, "ca.crt")}`;
  const command = [
    ...PROGRAM,
    "webhooks",
    "--apply",
    `--kubeconfig=${controlPlane.kubeconfig()}`,
    "--cluster",
    `--service=${SERVICE}:${servicePort}`,
    authority,
    ...sourceOptions(installation),
    ...args,
  ];
  return run(process.execPath, command, { environment: { ...process.env, NO_COLOR: "1" } });
}
