/** What is done to an installation while a cluster is at work. */
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { copyFile, readFile, rename } from "node:fs/promises";
import { connect } from "node:tls";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { readBundle } from "../../src/build/read-bundle.ts";
import { apiRequest } from "./api-request.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import type { ControlPlane } from "./control-plane.ts";
import { HOST } from "./flags.ts";
import { tokenIn } from "./identity.ts";
import type { Replica } from "./replica.ts";
import type { Replicas, ServiceReplica } from "./replicas.ts";

/** Between two changes, in ms: one after the other without a rest would only show how fast the machine is. */
const PAUSE_MS = 4_000;

/** Does it again and again until so many milliseconds are over, and gives how often; what began comes to its end. */
export async function repeat(milliseconds: number, change: () => Promise<unknown>): Promise<number> {
  let times = 0;
  for (const end = Date.now() + milliseconds; Date.now() < end; times += 1) {
    await change();
    await delay(PAUSE_MS);
  }
  return times;
}

/**
 * Replaces each by another one, as the Deployment does (maxSurge 1, maxUnavailable 0): the next one is ready before one
 * goes. Gives those that run then. Throws ControlPlaneError if one does not end by itself.
 */
export async function restartAll(
  replicas: Replicas,
  old: readonly ServiceReplica[],
): Promise<readonly ServiceReplica[]> {
  const started: ServiceReplica[] = [];
  for (const replica of old) {
    const next = await replicas.start();
    await next.ready();
    const end = await replica.terminate();
    if (end !== "exit code 0") throw new ControlPlaneError(`${replica.name} ended with ${end}.`);
    started.push(next);
  }
  return started;
}

/**
 * Puts another bundle in the place of the installed one, at once as `portcullis build` does, and resolves when every
 * replica decides by it.
 */
export async function swapBundle(place: string, file: string, running: readonly Replica[]): Promise<void> {
  const { revision } = await readBundle(file);
  await copyFile(file, `${place}.new`);
  await rename(`${place}.new`, place);
  const decides = `portcullis_bundle_info{revision="${revision}"}`;
  await until(`the bundle ${revision} at every replica`, async () => {
    const metrics = await Promise.all(running.map((replica) => replica.metrics()));
    return metrics.every((values) => values.get(decides) === 1);
  });
}

const SECRET = ["secret", "portcullis-tls", "--namespace=portcullis-system"] as const;
const SECRET_PATH = "/api/v1/namespaces/portcullis-system/secrets/portcullis-tls";
const ROTATE = "policy.portcullis.dev/rotate";

/**
 * Asks for a new leaf, by the authority that there is or by a new one, and resolves when every replica presents it.
 * A new authority has to be known everywhere for half a minute before it signs.
 */
export async function rotate(
  controlPlane: ControlPlane,
  what: "leaf" | "ca",
  running: readonly Replica[],
): Promise<void> {
  const before = await leafInSecret(controlPlane);
  const { code, stderr } = await controlPlane.kubectl(["annotate", ...SECRET, `${ROTATE}=${what}`]);
  if (code !== 0) throw new ControlPlaneError(`The Secret was not annotated: ${stderr.trim()}`);
  await until(`a new certificate after ${ROTATE}=${what}`, async () => {
    const leaf = await leafInSecret(controlPlane);
    if (leaf === before) return false;
    const presented = await Promise.all(running.map(({ admissionPort }) => presentedAt(admissionPort)));
    return presented.every((each) => each === leaf);
  });
}

const Secret = z.object({ data: z.record(z.string(), z.base64()) });

/** What the Secret of the certificates holds, by key. Throws ControlPlaneError if there is none. */
export async function textsInSecret({
  server,
  kubeconfig,
}: ControlPlane): Promise<Readonly<Record<string, string>>> {
  const token = tokenIn(await readFile(kubeconfig(), "utf8"));
  const { status, body } = await apiRequest(server, { path: SECRET_PATH, token });
  if (status !== 200) throw new ControlPlaneError(`The Secret was not shown: ${status} ${body}`);
  const { data } = Secret.parse(JSON.parse(body));
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "base64").toString()]),
  );
}

/** In PEM. */
export async function leafInSecret(controlPlane: ControlPlane): Promise<string> {
  const { "tls.crt": leaf } = await textsInSecret(controlPlane);
  if (leaf === undefined) throw new ControlPlaneError("The Secret has no tls.crt.");
  return leaf;
}

/** Those of a PEM text, in its order. */
export function certificatesIn(pem: string): readonly X509Certificate[] {
  const each = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return each.map((text) => new X509Certificate(text));
}

/** As whom the API server asks for the Service of Portcullis. */
export const SERVER_NAME = "portcullis.portcullis-system.svc";

/**
 * What a port on loopback presents to a new connection that asks as the API server does, in PEM. Rejects if `trusting` is
 * given, in PEM too, and does not verify it.
 */
export async function presentedAt(port: number, trusting?: string): Promise<string> {
  const asked = { host: HOST, port, servername: SERVER_NAME };
  const socket = connect(
    // It is looked at, not trusted.
    trusting === undefined ? { ...asked, rejectUnauthorized: false } : { ...asked, ca: trusting },
  );
  await once(socket, "secureConnect");
  const certificate = socket.getPeerX509Certificate();
  socket.destroy();
  return certificate === undefined ? "" : certificate.toString();
}

const INTERVAL_MS = 500;
const PATIENCE_MS = 120_000;

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !(await holds()); await delay(INTERVAL_MS)) {
    if (Date.now() > end)
      throw new ControlPlaneError(`There was not ${what} within ${PATIENCE_MS / 1000} s.`);
  }
}
