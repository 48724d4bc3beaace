/** The parts of the OCI image specification (https://github.com/opencontainers/image-spec) that tests write and read. */
import { z } from "zod";
import type { Started } from "./sandbox.ts";

/** How a container of an image is started. */
export const RunConfig = z.object({
  User: z.string().default(""),
  ExposedPorts: z.record(z.string(), z.object({})).default({}),
  Env: z.array(z.string()).default([]),
  Entrypoint: z.array(z.string()).default([]),
  Cmd: z.array(z.string()).default([]),
  WorkingDir: z.string().default(""),
  Labels: z.record(z.string(), z.string()).default({}),
});
export type RunConfig = z.infer<typeof RunConfig>;

/** The configuration of an image. */
export const ImageConfig = z.object({
  architecture: z.string(),
  os: z.string(),
  config: RunConfig,
  rootfs: z.object({ type: z.literal("layers"), diff_ids: z.array(z.string()) }),
  history: z
    .array(z.object({ created_by: z.string().default(""), empty_layer: z.boolean().default(false) }))
    .default([]),
});
export type ImageConfig = z.infer<typeof ImageConfig>;

/** How a container runtime starts a container of an image whose user is a number. */
export function startedAs(config: RunConfig): Started {
  return {
    user: z.coerce.number().int().parse(config.User.split(":")[0]),
    workingDirectory: config.WorkingDir,
    entrypoint: config.Entrypoint,
    command: config.Cmd,
    environment: Object.fromEntries(config.Env.map(variable)),
  };
}

/** Of `NAME=value`. */
function variable(pair: string): readonly [string, string] {
  const end = pair.indexOf("=");
  return [pair.slice(0, end), pair.slice(end + 1)];
}

/** In the specification's words, which are Go's. */
export interface Platform {
  readonly os: "linux";
  readonly architecture: "amd64" | "arm64";
}

/** What images for this machine are built for, and what others are. */
export const PLATFORM: Platform = { os: "linux", architecture: process.arch === "arm64" ? "arm64" : "amd64" };
export const OTHER_PLATFORM: Platform = {
  os: "linux",
  architecture: process.arch === "arm64" ? "amd64" : "arm64",
};

export function platformName({ os, architecture }: Platform): string {
  return `${os}/${architecture}`;
}

/** The configuration of an image with these layers, which are the digests of uncompressed ones. */
export function imageConfig(
  config: Partial<RunConfig>,
  platform: Platform,
  layers: readonly string[] = [],
): object {
  return { ...platform, config, rootfs: { type: "layers", diff_ids: layers } };
}
