/**
 * A whole Kubernetes control plane on loopback that lives no longer than its caller: etcd, kube-apiserver and
 * kube-controller-manager, and on demand a Node whose Pods run.
 */
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { whileRunning, type Progress } from "../../src/build/progress.ts";
import { boot, ProcessEnded, OWN_IDENTITIES, type Plan } from "./boot.ts";
import { bootSecondApiServer, reached, type ReachedApiServer, type SecondApiServer } from "./api-servers.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import { filesBelow, HOST } from "./flags.ts";
import { freePort } from "./free-port.ts";
import { identity, type ApiServer, type Identity } from "./identity.ts";
import { failureError, keepLogs } from "./logs.ts";
import { obtainControlPlane, obtainNodes } from "./obtain.ts";
import { supervise, type Processes } from "./processes.ts";

export interface ControlPlaneOptions {
  readonly progress: Progress;
  /** Users beside `admin`, which is in `system:masters`: name and groups, e.g. `{ developer: ["developers"] }`. */
  readonly users?: Readonly<Record<string, readonly string[]>>;
  /** Whether Pods run: adds kube-scheduler and kwok with one Node. Default: false. */
  readonly nodes?: boolean;
  /** For the API server, after its others. Default: none. */
  readonly apiServerFlags?: readonly string[];
}

/** A running control plane and its processes. Whoever started it stops it; if that program dies, it ends by itself. */
export interface ControlPlane extends Processes, ReachedApiServer {
  /** The folder of the log files, one for each process: `kube-apiserver.log`. */
  readonly logs: string;
  /**
   * Another API server on the same etcd, which everything else of the control plane leaves alone; once. Resolves when it
   * is ready. Throws ControlPlaneError.
   */
  readonly startSecondApiServer: () => Promise<SecondApiServer>;
}

// Somebody else takes a port within the second between its choice and its use: rare once, not to be seen three times.
const ATTEMPTS = 3;

/**
 * Resolves when the API server is ready and the default namespace takes Pods.
 * Throws ControlPlaneError: a program that cannot be had, or a process that ended, with the last lines of its log.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { progress } = options;
  const programs = await obtainControlPlane(options);
  const nodes = options.nodes === true ? await obtainNodes(options) : undefined;
  const identities = identitiesOf(options.users ?? {});
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const port = await freePort(HOST);
    const files = filesBelow(await ownFolder());
    const { apiServerFlags = [] } = options;
    const plan = { files, processes: supervise(files), programs, nodes, identities, port, apiServerFlags };
    const started = await whileRunning(
      progress,
      (seconds) => `Still starting the control plane (${seconds} s).`,
      () => start(plan),
    );
    if (started !== undefined) return started;
    progress(`Port ${port} was taken by another program; choosing another.`);
  }
  throw new ControlPlaneError(`${ATTEMPTS} ports in turn were taken by other programs; try again.`);
}

/** Bytes that the path of a socket may have on Linux and macOS (sun_path in sys/un.h, with its final zero). */
const SOCKET_PATH = 103;

async function ownFolder(): Promise<string> {
  const prefix = join(tmpdir(), "portcullis-cluster-");
  if (Buffer.byteLength(filesBelow(`${prefix}XXXXXX`).etcdSocket) > SOCKET_PATH) {
    throw new ControlPlaneError(
      `The folder for temporary files ${tmpdir()} has too long a path for etcd's socket; set TMPDIR to a shorter one.`,
    );
  }
  try {
    return await mkdtemp(prefix);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ControlPlaneError(
      `The folder for temporary files ${tmpdir()} takes no new folder (${why}); set TMPDIR to one that does.`,
      { cause },
    );
  }
}

/** Undefined if another program took the port meanwhile. */
async function start(plan: Plan): Promise<ControlPlane | undefined> {
  try {
    return controlPlane(plan, await boot(plan));
  } catch (error) {
    try {
      if (await isPortTaken(error)) return undefined;
      throw await failureOf(plan, error);
    } finally {
      await plan.processes.stop();
    }
  }
}

function controlPlane(plan: Plan, server: ApiServer): ControlPlane {
  const { processes, files } = plan;
  return {
    ...processes,
    ...reached(plan, server),
    logs: files.logs,
    startSecondApiServer: async () => {
      try {
        return await bootSecondApiServer(plan);
      } catch (error) {
        throw await failureOf(plan, error);
      }
    },
  };
}

function identitiesOf(users: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, Identity> {
  const wanted = [...OWN_IDENTITIES, ...Object.entries(users)];
  return new Map(wanted.map(([name, groups]) => [name, identity(name, groups)]));
}

async function isPortTaken(error: unknown): Promise<boolean> {
  if (!(error instanceof ProcessEnded)) return false;
  return /address already in use/.test(await readFile(error.failure.log, "utf8"));
}

async function failureOf({ files }: Plan, error: unknown): Promise<ControlPlaneError> {
  if (error instanceof ProcessEnded) return failureError(error.failure);
  const message = error instanceof Error ? error.message : String(error);
  return new ControlPlaneError(`${message} The logs are in ${await keepLogs(files.logs)}.`, { cause: error });
}
