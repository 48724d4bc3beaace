/** Portcullis in a local control plane, the way a user installs it: manifests, a server, `portcullis webhooks --apply`. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ensureDevelopmentCertificates } from "../../certs/development-certificates.ts";
import { cacheFolder } from "../../src/build/cache-folder.ts";
import { run, type Ended } from "../../src/build/opa/run.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import type { ControlPlane } from "./control-plane.ts";
import { failureError } from "./logs.ts";

/** What the server decides by; paths as on the command line of `portcullis serve`. */
export interface Installation {
  /** A folder of policies that is in the cache, or a bundle: the server gets no OPA. */
  readonly policies: string;
  readonly bindings: readonly string[];
  /** Files with the Namespaces whose labels are known. Default: none. */
  readonly inventory?: readonly string[];
}

/** A server that ends with its control plane, and whose webhooks are installed there. */
export interface InstalledPortcullis {
  readonly admissionPort: number;
  readonly metricsPort: number;
  /** A PEM file: the authority of the server's certificate. */
  readonly authority: string;
  /** Standard output and standard error of the server so far. */
  log(): Promise<string>;
  /** Runs `portcullis webhooks --apply` for what the files say now; `args` are added. Any exit code is a result. */
  applyWebhooks(args?: readonly string[]): Promise<Ended>;
}

const PROJECT = resolve(import.meta.dirname, "../..");
const NODE = ["--disable-warning=ExperimentalWarning", join(PROJECT, "src/main.ts")];

/** Resolves when the API server enforces the policies. Throws ControlPlaneError with what did not work. */
export async function installPortcullis(
  controlPlane: ControlPlane,
  installation: Installation,
): Promise<InstalledPortcullis> {
  const [server] = await Promise.all([startServer(controlPlane, installation), applyOverlay(controlPlane)]);
  const installed = {
    ...server,
    applyWebhooks: (args: readonly string[] = []) =>
      applyWebhooks(controlPlane, installation, { server, args }),
  };
  const { code, stderr } = await installed.applyWebhooks();
  if (code !== 0) throw new ControlPlaneError(`The webhooks could not be installed: ${stderr.trim()}`);
  return installed;
}

async function applyOverlay({ kubectl }: ControlPlane): Promise<void> {
  const overlay = join(PROJECT, "manifests/overlays/local");
  const { code, stderr } = await kubectl(["apply", "--server-side", `--kustomize=${overlay}`]);
  if (code !== 0) throw new ControlPlaneError(`The manifests could not be applied: ${stderr.trim()}`);
}

type StartedServer = Omit<InstalledPortcullis, "applyWebhooks">;

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
      ...(installation.inventory ?? []).map((file) => `--inventory=${resolve(file)}`),
    ],
    environment: { XDG_CACHE_HOME: dirname(ownCache()) },
  });
  const log = (): Promise<string> => readFile(join(controlPlane.logs, `${name}.log`), "utf8");
  const ports = await portsIn(log, controlPlane);
  return { ...ports, authority: join(certificates, "ca.crt"), log };
}

/** Where Node.js finds the program compiled, and the server the policies; the control plane's home has neither. */
function ownCache(): string {
  return cacheFolder(process.env, process.platform, homedir());
}

function sourceOptions({ policies, bindings }: Installation): readonly string[] {
  return [`--policies=${resolve(policies)}`, ...bindings.map((path) => `--bindings=${resolve(path)}`)];
}

const INTERVAL_MS = 50;

/** Waits for what the server says when it is ready; throws with the end of its log if it ends before. */
async function portsIn(
  log: () => Promise<string>,
  { failed }: ControlPlane,
): Promise<Pick<InstalledPortcullis, "admissionPort" | "metricsPort">> {
  for (;;) {
    const text = await log();
    const admission = /https:\/\/localhost:(\d+)\/mutate/.exec(text)?.[1];
    const metrics = /http:\/\/localhost:(\d+)\/metrics/.exec(text)?.[1];
    if (admission !== undefined && metrics !== undefined)
      return { admissionPort: Number(admission), metricsPort: Number(metrics) };
    const failure = await Promise.race([failed, delay(INTERVAL_MS)]);
    if (failure !== undefined) throw await failureError(failure);
  }
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
    `--service=portcullis-system/portcullis:${server.admissionPort}`,
    `--ca-file=${server.authority}`,
    ...sourceOptions(installation),
    ...args,
  ];
  return run(process.execPath, command, { environment: { ...process.env, NO_COLOR: "1" } });
}
