/** BuildKit's Dockerfile front end, the one of `docker build`: what it makes of our files, without building anything. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";
import { z } from "zod";
import type { GoProgram } from "../go/go.ts";
import { BASE_CONFIGURATIONS } from "./base-configurations.ts";
import { imageConfig, ImageConfig, PLATFORM, type Platform, type RunConfig } from "./oci.ts";

export const BUILDKIT_MODULE = path.join(import.meta.dirname, "modules/buildkit");

export const FRONT_END: GoProgram = { name: "frontend", module: BUILDKIT_MODULE, package: "./frontend" };

const Converted = z.object({ warnings: z.array(z.string()), image: ImageConfig });
export type Converted = z.infer<typeof Converted>;

interface Surroundings {
  /** What the image is for. Default: this machine. */
  readonly platform?: Platform;
  /** How the images are configured that it may begin with, by name. Default: those with which ours begins. */
  readonly bases?: Readonly<Record<string, Partial<RunConfig>>>;
}

/** What a Dockerfile says: the linter's warnings, and the configuration of the image. Throws what is refused. */
export async function convert(
  program: string,
  dockerfile: string,
  { platform = PLATFORM, bases = BASE_CONFIGURATIONS }: Surroundings = {},
): Promise<Converted> {
  const configurations = Object.entries(bases).map(
    ([name, config]) => [fullReference(name), imageConfig(config, platform)] as const,
  );
  const request = { dockerfile, platform, bases: Object.fromEntries(configurations) };
  return Converted.parse(JSON.parse(await answerOf(program, ["convert"], JSON.stringify(request))));
}

/** The paths of the files that a client of BuildKit sends of a folder with a .dockerignore. */
export async function contextFiles(program: string, folder: string): Promise<readonly string[]> {
  return z.array(z.string()).parse(JSON.parse(await answerOf(program, ["context", folder])));
}

/** As references are written out (https://github.com/distribution/reference): `node` is one of Docker Hub's own. */
function fullReference(name: string): string {
  const parts = name.split("/");
  if (parts.length === 1) return `docker.io/library/${name}`;
  return parts[0]?.includes(".") === true ? name : `docker.io/${name}`;
}

async function answerOf(program: string, args: readonly string[], input = ""): Promise<string> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  if (child.exitCode !== 0) throw new Error(stderr.trim());
  return stdout;
}
