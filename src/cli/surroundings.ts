import type { EventEmitter } from "node:events";
import { homedir } from "node:os";
import type { Readable } from "node:stream";
import { cacheFolder } from "../build/cache-folder.ts";
import type { Machine } from "../build/opa/release.ts";
import { PortcullisError } from "../error.ts";

/** A stream that a command writes to; `isTTY` is true on a terminal. */
export interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** The process as commands see it; the only way to its streams and its environment. */
export interface ProcessSurroundings {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly stdin: Readable;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Emits SIGINT, SIGTERM and SIGHUP. */
  readonly signals: EventEmitter;
}

/** The environment variables that Portcullis reads, validated once. */
export interface Environment {
  /** All variables, for the programs that are started. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly machine: Machine;
  /** Where bundles and OPA are kept: `portcullis` in the user's cache folder. */
  readonly cacheFolder: string;
  /** `$PORT`, default 8443: HTTPS, admission. */
  readonly port: number;
  /** `$METRICS_PORT`, default 9090: HTTP, health and metrics. */
  readonly metricsPort: number;
  /** `$NO_COLOR` (https://no-color.org) switches colour off, whatever its value, if it is not empty. */
  readonly noColor: boolean;
}

/** Throws USAGE for a port that is none. */
export function readEnvironment({
  env,
  platform,
  arch,
}: Pick<ProcessSurroundings, "env" | "platform" | "arch">): Environment {
  return {
    variables: env,
    machine: { platform, arch },
    cacheFolder: cacheFolder(env, platform, homedir()),
    port: parsePort(valueOf(env, "PORT") ?? "8443", "PORT"),
    metricsPort: parsePort(valueOf(env, "METRICS_PORT") ?? "9090", "METRICS_PORT"),
    noColor: valueOf(env, "NO_COLOR") !== undefined,
  };
}

/** A variable that is set but empty counts as not set, as in the shell's `${PORT:-8443}`. */
function valueOf(env: ProcessSurroundings["env"], name: string): string | undefined {
  const value = env[name];
  return value === "" ? undefined : value;
}

/** What a kubelet sets `NAME_PORT` to for a Service `name` (k8s.io/kubernetes, pkg/kubelet/envvars). */
const SERVICE_LINK = /^(tcp|udp|sctp):\/\//;

/** A TCP port; 0 lets the system choose. */
export function parsePort(text: string, name: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new PortcullisError("USAGE", {
    message: `${name} is "${text}", which is no port.`,
    remedy: SERVICE_LINK.test(text)
      ? `Say \`enableServiceLinks: false\` in the spec of the Pod: a Service of its namespace has set ${name}.`
      : `Set ${name} to a number from 0 to 65535.`,
  });
}
