/** cert-manager beside a local control plane, and what a kubelet and a person do with what it issues. */
import { z } from "zod";
import { mountVolume } from "../mounted-volume.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { CertManagerPrograms } from "./obtain.ts";
import type { StartedProcess } from "./processes.ts";

const NAMESPACE = "--namespace=portcullis-system";

/** Starts its controllers, as an administrator; they end with the control plane. Throws ControlPlaneError. */
export async function startCertManager(
  controlPlane: ControlPlane,
  { controllers, definitions }: CertManagerPrograms,
): Promise<StartedProcess> {
  await succeed(controlPlane, "apply", "--server-side", `--filename=${definitions}`);
  await succeed(controlPlane, "wait", "--for=condition=Established", `--filename=${definitions}`);
  const args = [`--kubeconfig=${controlPlane.kubeconfig()}`];
  return controlPlane.start({ name: "cert-manager", program: controllers, args });
}

const Certificate = z.object({ status: z.object({ revision: z.number().default(0) }).prefault({}) });

/** Resolves when cert-manager has issued a Certificate of the installation. Throws ControlPlaneError. */
export async function untilIssued(controlPlane: ControlPlane, name: string, revision = 1): Promise<void> {
  const wait = ["wait", `certificate/${name}`, NAMESPACE, "--timeout=60s"];
  await succeed(controlPlane, ...wait, `--for=jsonpath={.status.revision}=${revision}`);
  await succeed(controlPlane, ...wait, "--for=condition=Ready");
}

/** Has it issued anew, as `cmctl renew` does, and resolves when the Secret has it. Throws ControlPlaneError. */
export async function renew(controlPlane: ControlPlane, name: string): Promise<void> {
  const certificate = ["certificate", name, NAMESPACE];
  const before = Certificate.parse(
    JSON.parse(await succeed(controlPlane, "get", ...certificate, "--output=json")),
  );
  const condition = {
    type: "Issuing",
    status: "True",
    reason: "ManuallyTriggered",
    message: "Certificate re-issuance manually triggered",
    lastTransitionTime: new Date().toISOString(),
  };
  const patch = JSON.stringify([{ op: "add", path: "/status/conditions/-", value: condition }]);
  await succeed(
    controlPlane,
    "patch",
    ...certificate,
    "--subresource=status",
    "--type=json",
    `--patch=${patch}`,
  );
  await untilIssued(controlPlane, name, before.status.revision + 1);
}

const Secret = z.object({ data: z.record(z.string(), z.base64()) });

/** Brings what the Secret holds now into its volume, which a kubelet does within about a minute of a change. */
export async function mountSecret(controlPlane: ControlPlane, folder: string): Promise<void> {
  const text = await succeed(controlPlane, "get", "secret", "portcullis-tls", NAMESPACE, "--output=json");
  const files = Object.entries(Secret.parse(JSON.parse(text)).data).map(
    ([name, data]) => [name, Buffer.from(data, "base64").toString()] as const,
  );
  await mountVolume(folder, Object.fromEntries(files));
}

async function succeed({ kubectl }: ControlPlane, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await kubectl(args);
  if (code === 0) return stdout;
  throw new ControlPlaneError(`\`kubectl ${args.join(" ")}\` failed: ${stderr.trim()}`);
}
