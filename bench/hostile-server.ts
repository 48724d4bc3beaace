import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { ensureDevelopmentCertificates } from "../certs/development-certificates.ts";
import { COMPILED, PORTCULLIS } from "./fixtures.ts";
import { HOSTILE_KINDS, reviewOf, writeHostilePolicies, type Hostile } from "./hostile-policies.ts";
import { mustRun, startProcess, waitFor, type RunningProcess } from "./processes.ts";
import { freePort } from "../test/cluster/free-port.ts";
import { post } from "./webhook-client.ts";

/** Milliseconds between two attempts to reach the server. */
const POLL_PAUSE = 20;

/** Files that all servers share. */
export interface HostileFixtures {
  readonly bundle: string;
  readonly certificates: string;
  /** Reviews. */
  readonly bodies: Readonly<Record<Hostile | "ordinary", string>>;
}

/** Where a server is, and what it is sent; the rest are files. */
export interface Target extends Pick<HostileFixtures, "bodies"> {
  readonly url: string;
  readonly ca: string;
}

/** Writes policies, reviews and certificates into a folder, and builds the bundle. */
export async function prepareHostile(folder: string): Promise<HostileFixtures> {
  const inside = (name: string): string => path.join(folder, name);
  const certificates = inside("certificates");
  await mkdir(certificates);
  await ensureDevelopmentCertificates(certificates, new Date());
  await writeHostilePolicies(inside("policies"));
  const bundle = inside("bundle.tar.gz");
  const build = ["build", "--policies", inside("policies"), "--out", bundle];
  await mustRun({ command: process.execPath, args: [...PORTCULLIS, ...build] });
  const bodies = {
    ordinary: inside("ordinary.json"),
    loop: inside("loop.json"),
    allocate: inside("allocate.json"),
    recurse: inside("recurse.json"),
  };
  await writeFile(bodies.ordinary, reviewOf(undefined));
  for (const kind of HOSTILE_KINDS) await writeFile(bodies[kind], reviewOf(kind));
  return { bundle, certificates, bodies };
}

/** Starts Portcullis as it is published, and waits until it admits the ordinary review. */
export async function startHostile(
  { bundle, certificates, bodies }: HostileFixtures,
  deadline: number,
): Promise<{ readonly server: RunningProcess; readonly target: Target }> {
  const file = (name: string): string => path.join(certificates, name);
  const [port, operations] = [await freePort("127.0.0.1"), await freePort("127.0.0.1")];
  const listen = ["--port", String(port), "--metrics-port", String(operations)];
  const files = ["--policies", bundle, "--cert", file("tls.crt"), "--key", file("tls.key")];
  const server = startProcess({
    command: process.execPath,
    args: [...COMPILED, "serve", ...listen, ...files],
  });
  const url = `https://127.0.0.1:${port}/validate?timeout=${deadline / 1_000}s`;
  const ca = file("ca.crt");
  const [body, authority] = [await readFile(bodies.ordinary), await readFile(ca)];
  const admits = async (): Promise<true | undefined> =>
    (await post(url, body, authority)).response.allowed ? true : undefined;
  await waitFor(server, admits, POLL_PAUSE);
  return { server, target: { url, ca, bodies } };
}
