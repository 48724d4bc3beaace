import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PortcullisError } from "../../error.ts";
import type { Progress } from "../progress.ts";
import { download } from "./download.ts";
import { goInstall } from "./go-install.ts";
import { onPath, opaVersion } from "./locate.ts";
import type { Obtained } from "./obtained.ts";
import { GO_MINIMUM, OPA_DOWNLOADS, OPA_VERSION, opaFileName, type Machine } from "./release.ts";
import type { Environment } from "./run.ts";

export interface ObtainOptions {
  /** Read: `OPA`, `PATH`, `PORTCULLIS_OPA_DOWNLOADS`; all of it goes to Go. */
  readonly environment: Environment;
  readonly cacheFolder: string;
  readonly machine: Machine;
  readonly progress: Progress;
}

/**
 * Gives the path of an OPA of the pinned version: `$OPA`, the PATH, the cache; else it is built or downloaded into
 * the cache, once. Throws OPA_MISSING, naming what was tried, or OPA_CHECKSUM.
 */
export async function obtainOpa(options: ObtainOptions): Promise<string> {
  const { environment, machine, progress } = options;
  const named = environment["OPA"];
  if (named !== undefined && named !== "") return namedOpa(named);
  const name = opaFileName(machine.platform);
  const cached = join(options.cacheFolder, "opa", OPA_VERSION, name);
  for (const file of [...(await onPath(name, environment)), cached]) {
    const version = await opaVersion(file);
    if (version === OPA_VERSION) return file;
    if (version !== undefined) progress(`${file} is OPA ${version}, not ${OPA_VERSION}; looking further.`);
  }
  await makeOpa(options, cached);
  return cached;
}

async function namedOpa(file: string): Promise<string> {
  const version = await opaVersion(file);
  if (version === OPA_VERSION) return file;
  throw new PortcullisError("OPA_MISSING", {
    message:
      version === undefined
        ? `OPA=${file} is not an OPA that can be run.`
        : `OPA=${file} is version ${version}, but policies are compiled with ${OPA_VERSION}.`,
    remedy: `Set OPA to an OPA ${OPA_VERSION}, or unset it so that Portcullis looks for one.`,
    position: { file },
  });
}

/** Builds or downloads OPA beside its place in the cache, so that the rename is one step and nobody sees half a file. */
async function makeOpa(options: ObtainOptions, cached: string): Promise<void> {
  await mkdir(dirname(cached), { recursive: true }).catch((cause: unknown) => {
    throw missing(cached, [`the folder ${dirname(cached)} cannot be made`], cause);
  });
  const folder = await mkdtemp(join(dirname(cached), ".new-"));
  try {
    const failures: string[] = [];
    for (const make of [goInstall, downloaded]) {
      const failure = await failureOf(await make({ ...options, folder }), cached);
      if (failure === undefined) return;
      options.progress(`${failure}.`);
      failures.push(failure);
    }
    throw missing(cached, failures);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function downloaded(options: ObtainOptions & { readonly folder: string }): Promise<Obtained> {
  const mirror = options.environment["PORTCULLIS_OPA_DOWNLOADS"];
  return download({ ...options, baseUrl: mirror === undefined || mirror === "" ? OPA_DOWNLOADS : mirror });
}

/** Puts what was made into its place, if it is what it should be. */
async function failureOf(obtained: Obtained, cached: string): Promise<string | undefined> {
  if ("failure" in obtained) return obtained.failure;
  const version = await opaVersion(obtained.file);
  if (version !== OPA_VERSION) return `${obtained.file} does not run here as OPA ${OPA_VERSION}`;
  await rename(obtained.file, cached);
  return undefined;
}

function missing(cached: string, failures: readonly string[], cause?: unknown): PortcullisError {
  return new PortcullisError("OPA_MISSING", {
    message: `OPA ${OPA_VERSION} was not found in $OPA, on the PATH or in the cache, and could not be obtained: ${failures.join("; ")}.`,
    remedy: `Do one of these: set OPA= to the path of an OPA ${OPA_VERSION}; put opa ${OPA_VERSION} on the PATH; install Go ${GO_MINIMUM} or later; download it from ${OPA_DOWNLOADS}/v${OPA_VERSION} by hand and save it as ${cached}; set PORTCULLIS_OPA_DOWNLOADS to a mirror.`,
    cause,
  });
}
