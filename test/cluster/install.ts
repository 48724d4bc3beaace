/** Portcullis in a local control plane, the way a user installs it: manifests, a server, `portcullis webhooks --apply`. */
import { readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ensureDevelopmentCertificates } from "../../certs/development-certificates.ts";
import { cacheFolder } from "../../src/build/cache-folder.ts";
import { run, type Ended } from "../../src/build/opa/run.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import type { ControlPlane } from "./control-plane.ts";
import { kubeconfig } from "./identity.ts";
import { failureError, lastLines } from "./logs.ts";

/** What the server decides by; paths as on the command line of `portcullis serve`. */
export interface Installation {
  /** A folder of policies that is in the cache, or a bundle: the server gets no OPA. */
  readonly policies: string;
  readonly bindings: readonly string[];
}

/** A server that ends with its control plane, and whose webhooks are installed there. */
export interface InstalledPortcullis {
  /** Standard output and standard error of the server so far. */
  log(): Promise<string>;
  /** Runs `portcullis webhooks --apply` for what the files say now; `args` are added. Any exit code is a result. */
  applyWebhooks(args?: readonly string[]): Promise<Ended>;
}

const PROJECT = resolve(import.meta.dirname, "../..");
const OVERLAY = join(PROJECT, "manifests/overlays/local");
const NODE = ["--disable-warning=ExperimentalWarning", join(PROJECT, "src/main.ts")];

/** Resolves when the API server enforces the policies. Throws ControlPlaneError with what did not work. */
export async function installPortcullis(
  controlPlane: ControlPlane,
  installation: Installation,
): Promise<InstalledPortcullis> {
  await must(controlPlane, ["apply", "--server-side", `--kustomize=${OVERLAY}`]);
  const server = await startServer(controlPlane, installation);
  const installed: InstalledPortcullis = {
    log: server.log,
    applyWebhooks: (args = []) => applyWebhooks(controlPlane, installation, { server, args }),
  };
  const { code, stderr } = await installed.applyWebhooks();
  if (code !== 0) throw new ControlPlaneError(`The webhooks could not be installed: ${stderr.trim()}`);
  return installed;
}

/** Gives what kubectl prints; throws what it says if it fails. */
async function must({ kubectl }: ControlPlane, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await kubectl(args);
  if (code === 0) return stdout;
  throw new ControlPlaneError(`The manifests could not be applied: ${stderr.trim()}`);
}

interface StartedServer extends Pick<InstalledPortcullis, "log"> {
  /** Of the admission port, on loopback. */
  readonly port: number;
  /** A PEM file: the authority of its certificate. */
  readonly authority: string;
}

/** Beside the other processes of the control plane, so that it goes with them, however they go. */
async function startServer(controlPlane: ControlPlane, installation: Installation): Promise<StartedServer> {
  const certificates = join(dirname(controlPlane.logs), "portcullis");
  await ensureDevelopmentCertificates(certificates, new Date());
  const name = "portcullis";
  controlPlane.start({
    name,
    program: process.execPath,
    args: [
      ...NODE,
      "serve",
      "--port=0",
      "--metrics-port=0",
      "--workers=1",
      "--drain=0",
      `--cert=${join(certificates, "tls.crt")}`,
      `--key=${join(certificates, "tls.key")}`,
      ...sourceOptions(installation),
      "--cluster",
      `--kubeconfig=${await ownKubeconfig(controlPlane, certificates)}`,
    ],
    environment: { XDG_CACHE_HOME: dirname(ownCache()) },
  });
  const log = (): Promise<string> => readFile(join(controlPlane.logs, `${name}.log`), "utf8");
  return { port: await portIn(log, controlPlane), authority: join(certificates, "ca.crt"), log };
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

/** Where Node.js finds the program compiled, and the server the policies; the control plane's home has neither. */
function ownCache(): string {
  return cacheFolder(process.env, process.platform, homedir());
}

function sourceOptions({ policies, bindings }: Installation): readonly string[] {
  return [`--policies=${resolve(policies)}`, ...bindings.map((path) => `--bindings=${resolve(path)}`)];
}

const INTERVAL_MS = 50;
// A second on a free machine; as patient as the control plane itself is with its processes.
const PATIENCE_MS = 90_000;

/** Waits for what the server says when it is ready; throws with the end of its log if it ends before or takes too long. */
async function portIn(log: () => Promise<string>, { failed }: ControlPlane): Promise<number> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
    const port = /https:\/\/localhost:(\d+)\/mutate/.exec(await log())?.[1];
    if (port !== undefined) return Number(port);
    const failure = await Promise.race([failed, delay(INTERVAL_MS)]);
    if (failure !== undefined) throw await failureError(failure);
  }
  const said = lastLines(await log()).join(" | ");
  throw new ControlPlaneError(`The server was not ready within ${PATIENCE_MS / 1000} seconds: ${said}`);
}

function applyWebhooks(
  controlPlane: ControlPlane,
  installation: Installation,
  { server, args }: { readonly server: StartedServer; readonly args: readonly string[] },
): Promise<Ended> {
  const command = [
    ...NODE,
    "webhooks",
    "--apply",
    `--kubeconfig=${controlPlane.kubeconfig()}`,
    "--cluster",
    `--service=portcullis-system/portcullis:${server.port}`,
    `--ca-file=${server.authority}`,
    ...sourceOptions(installation),
    ...args,
  ];
  return run(process.execPath, command, { environment: { ...process.env, NO_COLOR: "1" } });
}
