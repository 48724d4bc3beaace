import { randomUUID } from "node:crypto";
import { rename, rm } from "node:fs/promises";
import { whileRunning, type Progress } from "../../src/build/progress.ts";
import { onPath } from "../../src/build/opa/locate.ts";
import { run, type Environment } from "../../src/build/opa/run.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import { isRecentEnough, type GoModule } from "./go-module.ts";
import type { Program } from "./programs.ts";

export interface GoOptions {
  /** Read: `PATH`; all of it goes to Go. */
  readonly environment: Environment;
  readonly progress: Progress;
}

const OTHER_WAY = "or set KUBEBUILDER_ASSETS to a folder with the programs";
const NO_NETWORK =
  /dial tcp|no such host|i\/o timeout|connection refused|proxyconnect|TLS handshake|disabled by GOPROXY|tls: failed/;

/** Builds a program as `file`, which appears whole or not at all. Throws ControlPlaneError. */
export async function goBuild(program: Program, file: string, options: GoOptions): Promise<void> {
  const { name, module, linkerFlags } = program;
  const go = await findGo(module, options.environment);
  options.progress(`Building ${name} ${module.version} from its Go modules; this takes minutes, once.`);
  // Somebody else may build the same; each writes a file of its own, and both are alike.
  const unfinished = `${file}.${randomUUID()}`;
  const args = ["build", "-trimpath", "-ldflags", linkerFlags, "-o", unfinished, program.package];
  const { code, stderr } = await whileRunning(
    options.progress,
    (seconds) => `Still building ${name} (${seconds} s).`,
    () => run(go, args, { environment: goSettings(options.environment), folder: module.folder }),
  );
  if (code !== 0) {
    await rm(unfinished, { force: true });
    throw new ControlPlaneError(buildFailure(name, stderr));
  }
  await rename(unfinished, file);
}

/** The folder with the sources of a module that the module in `folder` pins. */
export async function goModuleSources(
  module: GoModule,
  path: string,
  environment: Environment,
): Promise<string> {
  const go = await findGo(module, environment);
  const args = ["list", "-m", "-f", "{{.Dir}}", path];
  const { code, stdout, stderr } = await run(go, args, {
    environment: goSettings(environment),
    folder: module.folder,
  });
  if (code !== 0) throw new ControlPlaneError(buildFailure(path, stderr));
  return stdout.trim();
}

/** The Go on the PATH, if it is recent enough. It is asked in the module's folder: it may fetch a newer one itself. */
async function findGo(module: GoModule, environment: Environment): Promise<string> {
  const [go] = await onPath("go", environment);
  if (go === undefined) {
    throw new ControlPlaneError(
      `The local control plane is built with Go, and there is no Go on the PATH: install Go ${module.go} or later, ${OTHER_WAY}.`,
    );
  }
  const version = await goVersion(go, module, environment);
  if (!isRecentEnough(module.go, version)) {
    throw new ControlPlaneError(
      `Building the local control plane needs Go ${module.go}, and ${go} is ${version === "" ? "of no known version" : version}: install a newer Go, ${OTHER_WAY}.`,
    );
  }
  return go;
}

/** What `go env GOVERSION` says without its `go`; of the Go itself where the newer one cannot be fetched. */
async function goVersion(go: string, { folder }: GoModule, environment: Environment): Promise<string> {
  for (const settings of [environment, { ...environment, GOTOOLCHAIN: "local" }]) {
    const { code, stdout } = await run(go, ["env", "GOVERSION"], { environment: settings, folder });
    if (code === 0) return stdout.trim().replace(/^go/, "");
  }
  return "";
}

/** A user's cross-compiling settings would build for another machine, and cgo would need a C compiler. */
function goSettings(environment: Environment): Environment {
  return { ...environment, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly", GOOS: undefined, GOARCH: undefined };
}

function buildFailure(name: string, stderr: string): string {
  const line =
    stderr
      .trim()
      .split("\n")
      .findLast((text) => text.trim() !== "") ?? "it said nothing";
  return NO_NETWORK.test(stderr)
    ? `The Go modules of ${name} could not be downloaded (${line.trim()}): set GOPROXY to a module proxy that this machine reaches, ${OTHER_WAY}.`
    : `\`go build\` of ${name} failed (${line.trim()}): mend what it names, ${OTHER_WAY}.`;
}
