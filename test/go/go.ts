/** Go itself: the one on the PATH, called in the folder of a module, and what it says where that fails. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { onPath } from "../../src/build/opa/locate.ts";
import { run, type Ended, type Environment } from "../../src/build/opa/run.ts";
import { GoError } from "./error.ts";
import { goLine, isRecentEnough } from "./module.ts";

/** A program of another project, and how Go builds it. */
export interface GoProgram {
  /** Stands for the package and for C: what is in the cache under a name is not built with others. */
  readonly name: string;
  /** What cannot be had where it cannot, at the beginning of a sentence. Default: its name. */
  readonly partOf?: string;
  /** The folder with go.mod and go.sum, and with the sources of a program of our own. */
  readonly module: string;
  /** The import path of the main package, or `./` and its folder. */
  readonly package: string;
  /** Told while it is built. */
  readonly version?: string;
  /** What the linker is told besides leaving symbols out. */
  readonly linkerFlags?: string;
  /** Whether it holds C, so that it takes a C compiler. */
  readonly hasC?: boolean;
}

/** Calls Go; any exit code is a result. */
export type Go = (args: readonly string[]) => Promise<Ended>;

/**
 * Instead of the caller's, which would build for another machine, with other tags, or with the versions of a workspace
 * around the checkout.
 */
export const SETTINGS: Environment = {
  GOFLAGS: "-mod=readonly",
  GOWORK: "off",
  GOOS: undefined,
  GOARCH: undefined,
};

/** The Go on the PATH, if it is recent enough for the program's module. Throws GoError. */
export async function findGo(of: GoProgram, environment: Environment): Promise<Go> {
  const { module: folder, name, partOf = name, hasC = false } = of;
  const needed = goLine(await readFile(path.join(folder, "go.mod"), "utf8"));
  const settled = { ...environment, ...SETTINGS, CGO_ENABLED: hasC ? "1" : "0" };
  const [go] = await onPath("go", environment);
  if (go === undefined) {
    throw new GoError(
      `${partOf} is built with Go, and there is no Go on the PATH: install Go ${needed} or later`,
    );
  }
  const version = await versionOf(go, folder, settled);
  if (!isRecentEnough(needed, version)) {
    const known = version === "" ? "of no known version" : version;
    throw new GoError(`${partOf} needs Go ${needed} to be built, and ${go} is ${known}: install a newer Go`);
  }
  return (args) => run(go, args, { environment: settled, folder });
}

/**
 * What `go env GOVERSION` says without its `go`. In the module's folder, where it may fetch a newer one itself; of the
 * Go itself where that cannot be fetched.
 */
async function versionOf(go: string, folder: string, environment: Environment): Promise<string> {
  for (const settings of [environment, { ...environment, GOTOOLCHAIN: "local" }]) {
    const { code, stdout } = await run(go, ["env", "GOVERSION"], { environment: settings, folder });
    if (code === 0) return stdout.trim().replace(/^go/, "");
  }
  return "";
}

const Downloaded = z.object({ Dir: z.string().optional(), Error: z.string().optional() });

/** The folder with the sources of a module that the program's own pins; downloaded if need be. Throws GoError. */
export async function goModuleSources(
  of: GoProgram,
  module: string,
  environment: Environment,
): Promise<string> {
  const go = await findGo(of, environment);
  const { stdout, stderr } = await go(["mod", "download", "-json", module]);
  // It prints nothing where it cannot even begin.
  const { Dir, Error: error } = Downloaded.parse(JSON.parse(stdout.trim() === "" ? "{}" : stdout));
  if (Dir === undefined) throw failureOf("go mod download", module, error ?? stderr);
  return Dir;
}

const NO_NETWORK =
  /dial tcp|no such host|i\/o timeout|connection refused|proxyconnect|TLS handshake|disabled by GOPROXY|tls: failed/;

/** Why a command of Go's has not given what has that name, by what it said. */
export function failureOf(command: string, name: string, said: string): GoError {
  const line =
    said
      .trim()
      .split("\n")
      .findLast((text) => text.trim() !== "") ?? "it said nothing";
  return new GoError(
    NO_NETWORK.test(said)
      ? `The Go modules of ${name} could not be downloaded (${line.trim()}): set GOPROXY to a module proxy that this machine reaches`
      : `\`${command}\` of ${name} failed (${line.trim()}): mend what it names`,
  );
}
