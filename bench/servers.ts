import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "../test/cluster/free-port.ts";
import { COMPILED, type Fixtures } from "./fixtures.ts";
import { gatekeeperProgram, type GatekeeperSetup } from "./gatekeeper.ts";
import { startProcess, waitFor, type Program, type RunningProcess } from "./processes.ts";
import { messagesOf, post } from "./webhook-client.ts";

/** What the kit's violating body breaks. */
const VIOLATIONS = 3;
/** Milliseconds between two attempts to reach a server that starts. */
const POLL_PAUSE = 5;

/** A server that can be measured. */
export interface ServerKind {
  readonly name: string;
  /** False for the server with the constant answer. */
  readonly judges: boolean;
  /** The program and the path of its webhook, for a free port. */
  program(ports: Ports, fixtures: Fixtures): { readonly program: Program; readonly path: string };
}

interface Ports {
  readonly webhook: number;
  /** For health and metrics. */
  readonly operations: number;
}

/** A server that answers. */
export interface MeasuredServer {
  readonly name: string;
  readonly url: string;
  readonly operationsPort: number;
  readonly process: RunningProcess;
}

/**
 * Portcullis with the bundle that `choose` takes; `main` and what Node needs before it, by default as it is published:
 * from sources every thread also holds the compiler with which Node strips their types, 25 MB each.
 */
export function portcullis(
  name: string,
  choose: (bundles: Fixtures["bundles"]) => string,
  main: readonly string[] = COMPILED,
): ServerKind {
  return {
    name,
    judges: true,
    program: ({ webhook, operations }, { bundles, certificates: { cert, key } }) => {
      const ports = ["--port", String(webhook), "--metrics-port", String(operations)];
      const files = ["--policies", choose(bundles), "--cert", cert, "--key", key];
      const args = [...main, "serve", ...ports, ...files];
      return { program: { command: process.execPath, args }, path: "/validate" };
    },
  };
}

export const CONSTANT: ServerKind = {
  name: "constant answer",
  judges: false,
  program: ({ webhook }, { certificates: { cert, key } }) => {
    const script = fileURLToPath(new URL("constant-server.ts", import.meta.url));
    const args = ["--disable-warning=ExperimentalWarning", script, String(webhook), cert, key];
    return { program: { command: process.execPath, args }, path: "/" };
  },
};

export const OPA: ServerKind = {
  name: "OPA",
  judges: true,
  program: ({ webhook }, { opa, rules, certificates: { cert, key } }) => {
    const tls = ["--tls-cert-file", cert, "--tls-private-key-file", key];
    const quiet = ["--log-level", "error", "--skip-version-check"];
    const bundle = ["--bundle", `${rules}/admission`];
    const args = ["run", "--server", ...tls, "--addr", `127.0.0.1:${webhook}`, ...quiet, ...bundle];
    return { program: { command: opa, args }, path: "/" };
  },
};

export function gatekeeper(setup: GatekeeperSetup): ServerKind {
  return {
    name: "Gatekeeper",
    judges: true,
    program: ({ webhook, operations }, { certificates }) => ({
      program: gatekeeperProgram(setup, { webhook, operations, certificate: certificates.cert }),
      path: "/v1/admit",
    }),
  };
}

/**
 * Starts a server and waits until it enforces, if it judges at all: until it finds every violation in the violating body.
 * Gatekeeper admits everything at first, and then has one rule after the other. One that does not come so far is stopped.
 */
export async function startServer(
  kind: ServerKind,
  fixtures: Fixtures,
  core?: number,
): Promise<MeasuredServer> {
  const ports = { webhook: await freePort("127.0.0.1"), operations: await freePort("127.0.0.1") };
  const { program, path } = kind.program(ports, fixtures);
  const url = `https://127.0.0.1:${ports.webhook}${path}`;
  const body = await readFile(fixtures.reviews.violating);
  const ca = await readFile(fixtures.certificates.ca);
  const server = startProcess({ ...program, ...(core === undefined ? {} : { core }) });
  const enforces = async (): Promise<true | undefined> => {
    const answer = await post(url, body, ca);
    return !kind.judges || messagesOf(answer).length === VIOLATIONS ? true : undefined;
  };
  try {
    await waitFor(server, enforces, POLL_PAUSE);
  } catch (error) {
    // It would go on, and keep the benchmark from ending.
    await server.stop();
    throw error;
  }
  return { name: kind.name, url, operationsPort: ports.operations, process: server };
}
