/** BuildKit, which is what `docker build` is: the daemon as its own process, and a build with it. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { GoProgram } from "../go/go.ts";
import { obtainGoProgram, type GoOptions } from "../go/program.ts";
import type { Base } from "./bases.ts";
import { BUILDKIT_MODULE } from "./front-end.ts";
import { platformName, type Platform } from "./oci.ts";
import { confinement } from "./sandbox.ts";

const RUNC_MODULE = path.join(import.meta.dirname, "modules/runc");

/** Paths of programs. */
export interface BuildKitPrograms {
  readonly daemon: string;
  readonly client: string;
  /** What makes a container of each RUN. */
  readonly runtime: string;
}

/** Throws GoError. */
export async function obtainBuildKit(options: GoOptions): Promise<BuildKitPrograms> {
  const obtain = (of: GoProgram): Promise<string> => obtainGoProgram(of, options);
  const daemon = await obtain(ofBuildKit("buildkitd"));
  const client = await obtain(ofBuildKit("buildctl"));
  const runc = "github.com/opencontainers/runc";
  await obtain({ name: "runc", module: RUNC_MODULE, package: runc, hasC: true });
  // It finds runc beside itself.
  const name = "without-seccomp";
  return { daemon, client, runtime: await obtain({ name, module: RUNC_MODULE, package: `./${name}` }) };
}

function ofBuildKit(name: string): GoProgram {
  return { name, module: BUILDKIT_MODULE, package: `github.com/moby/buildkit/cmd/${name}` };
}

interface Build {
  /** A checkout, with Dockerfile and .dockerignore. */
  readonly checkout: string;
  /** Of one name, that of the wanted platform is taken. */
  readonly bases: readonly Base[];
  readonly platform: Platform;
  /** Where the image comes to lie, as a layout; made. */
  readonly image: string;
}

export interface BuildKit {
  /** Gives what BuildKit has told. Throws that if the build fails. */
  readonly build: (build: Build) => Promise<string>;
  readonly stop: () => Promise<void>;
}

/** Why no container can be made here, as the end of a sentence; undefined where nothing is known against it. */
export function againstContainers(): string | undefined {
  const possible = confinement();
  if (possible.kind === "none") return possible.reason;
  if (possible.kind === "user namespace") return "it needs root, to mount the layers of images";
  return existsSync("/sys/fs/cgroup") ? undefined : "it needs control groups (/sys/fs/cgroup)";
}

/** Its state is below `folder`, and goes with it once it is stopped. */
export async function startBuildKit(programs: BuildKitPrograms, folder: string): Promise<BuildKit> {
  await mkdir(folder, { recursive: true });
  const address = `unix://${path.join(folder, "buildkitd.sock")}`;
  const args = [
    `--root=${path.join(folder, "state")}`,
    `--addr=${address}`,
    "--containerd-worker=false",
    "--oci-worker=true",
    `--oci-worker-binary=${programs.runtime}`,
    // Packages are fetched as they are here.
    "--oci-worker-net=host",
    "--oci-worker-gc=false",
  ];
  // It does not outlive whoever started it, whatever ends that.
  const daemon = start("setpriv", ["--pdeathsig=KILL", programs.daemon, ...args]);
  const call = (command: readonly string[]): Promise<string> =>
    daemon.whileRunning(() => succeed(programs.client, [`--addr=${address}`, ...command]));
  try {
    await untilReady(() => call(["debug", "workers"]));
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  return {
    build: (build) => call(["build", "--progress=plain", ...buildArguments(build)]),
    stop: daemon.stop,
  };
}

function buildArguments({ checkout, bases, platform, image }: Build): readonly string[] {
  return [
    "--frontend=dockerfile.v0",
    `--local=context=${checkout}`,
    `--local=dockerfile=${checkout}`,
    `--opt=platform=${platformName(platform)}`,
    ...bases.flatMap((base, index) => [
      `--oci-layout=base${index}=${base.layout}`,
      `--opt=context:${base.name}::${platformName(base.platform)}=oci-layout://base${index}@${base.digest}`,
    ]),
    `--output=type=oci,tar=false,dest=${image}`,
  ];
}

interface Daemon {
  /** Fails with what the daemon said if it ends before. */
  readonly whileRunning: <T>(step: () => Promise<T>) => Promise<T>;
  readonly stop: () => Promise<void>;
}

/** Longer than it takes to write down what it has built. */
const STOP_MS = 10_000;

function start(program: string, args: readonly string[]): Daemon {
  const { child, output } = spawned(program, args);
  const closed = once(child, "close");
  const failed = closed.then(() => {
    throw new Error(`buildkitd ended with exit code ${child.exitCode}: ${output()}`);
  });
  // It is told to whoever waits for it; nobody does while nothing is built.
  failed.catch(() => undefined);
  return {
    whileRunning: (step) => Promise.race([step(), failed]),
    stop: async () => {
      child.kill("SIGTERM");
      const kill = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      try {
        await closed;
      } finally {
        clearTimeout(kill);
      }
    },
  };
}

async function succeed(program: string, args: readonly string[]): Promise<string> {
  const { child, output } = spawned(program, args);
  await once(child, "close");
  if (child.exitCode === 0) return output();
  throw new Error(`${path.basename(program)} ended with exit code ${child.exitCode}: ${output()}`);
}

function spawned(
  program: string,
  args: readonly string[],
): { readonly child: ChildProcess; readonly output: () => string } {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
  return { child, output: () => text };
}

const ATTEMPTS = 100;

async function untilReady(step: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await step();
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await delay(100);
    }
  }
}
