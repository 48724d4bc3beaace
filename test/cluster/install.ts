/** Portcullis in a local control plane, the way a user installs it: manifests, a server, `portcullis webhooks --apply`. */
import type { Ended } from "../../src/build/opa/run.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import type { ControlPlane } from "./control-plane.ts";
import { applyWebhooks, prepare, startServer, type Installation } from "./installation.ts";
import type { Replica } from "./replica.ts";

/** A server that ends with its control plane, and whose webhooks are installed there. */
export interface InstalledPortcullis {
  /** The only one; the API server calls it without a forwarder between them. */
  readonly replica: Replica;
  /** Standard output and standard error of the server so far. */
  log(): Promise<string>;
  /** Runs `portcullis webhooks --apply` for what the files say now; `args` are added. Any exit code is a result. */
  applyWebhooks(args?: readonly string[]): Promise<Ended>;
}

/** Resolves when the API server enforces the policies. Throws ControlPlaneError with what did not work. */
export async function installPortcullis(
  controlPlane: ControlPlane,
  installation: Installation,
): Promise<InstalledPortcullis> {
  const prepared = await prepare(controlPlane, installation);
  const replica = await startServer(prepared, { name: "portcullis" });
  await replica.ready();
  const installed: InstalledPortcullis = {
    replica,
    log: () => replica.log(),
    applyWebhooks: (args = []) => applyWebhooks(prepared, replica.admissionPort, args),
  };
  mustInstall(await installed.applyWebhooks());
  return installed;
}

/** Throws ControlPlaneError with what `portcullis webhooks --apply` said if it failed. */
export function mustInstall({ code, stderr }: Ended): void {
  if (code !== 0) throw new ControlPlaneError(`The webhooks could not be installed: ${stderr.trim()}`);
}
