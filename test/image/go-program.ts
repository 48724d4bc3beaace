/** Programs of other projects, built from the Go modules that a folder here pins, and kept in the cache. */
import { createHash, randomUUID } from "node:crypto";
import { access, constants, mkdir, readFile, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { cacheFolder } from "../../src/build/cache-folder.ts";
import { onPath } from "../../src/build/opa/locate.ts";
import { run, type Environment } from "../../src/build/opa/run.ts";
import { whileRunning } from "../../src/build/progress.ts";

export interface GoProgram {
  /** Stands for the package and for C: what is in the cache under a name is not built with others. */
  readonly name: string;
  /** The folder with go.mod and go.sum, and with the sources of a program of our own. */
  readonly module: string;
  /** The import path of the main package, or `./` and its folder. */
  readonly package: string;
  /** Whether it holds C, so that it takes a C compiler. */
  readonly hasC?: boolean;
}

/** The program's path, or why there is none, as the end of a sentence. */
export type Obtained = { readonly program: string } | { readonly reason: string };

/** From the cache, where the programs of one module that one Go has built are neighbours, else built. */
export async function obtainGoProgram(
  wanted: GoProgram,
  environment: Environment = process.env,
): Promise<Obtained> {
  const { platform } = process;
  const { name, module } = wanted;
  const [go] = await onPath("go", environment);
  if (go === undefined) return { reason: `${name} is built with Go, and there is no Go on the PATH` };
  const hash = await hashOf(module, go, environment);
  const folder = `${path.basename(module)}-${hash}-${platform}-${process.arch}`;
  const program = path.join(cacheFolder(environment, platform, homedir()), "image", folder, name);
  if (await isThere(program)) return { program };
  await mkdir(path.dirname(program), { recursive: true });
  const reason = await build(wanted, { go, program, environment });
  return reason === undefined ? { program } : { reason };
}

// Without symbols, which nobody debugs here.
const BUILD = ["build", "-trimpath", "-ldflags", "-s -w"];

/** Instead of the caller's, whose cross-compiling settings would build for another machine. */
const SETTINGS: Environment = { GOFLAGS: "-mod=readonly", GOOS: undefined, GOARCH: undefined };

/** Gives the reason if it fails. Somebody else may build the same; each writes a file of its own, and both are alike. */
async function build(
  { name, module, hasC = false, package: main }: GoProgram,
  {
    go,
    program,
    environment,
  }: { readonly go: string; readonly program: string; readonly environment: Environment },
): Promise<string | undefined> {
  const unfinished = `${program}.${randomUUID()}`;
  const args = [...BUILD, "-o", unfinished, main];
  const settled = { ...environment, ...SETTINGS, CGO_ENABLED: hasC ? "1" : "0" };
  tell(`Building ${name} from its Go modules; this takes minutes, once.`);
  const { code, stderr } = await whileRunning(
    tell,
    (seconds) => `Still building ${name} (${seconds} s).`,
    () => run(go, args, { environment: settled, folder: module }),
  );
  if (code === 0) {
    await rename(unfinished, program);
    return undefined;
  }
  await rm(unfinished, { force: true });
  return `\`go build\` of ${name} failed: ${stderr.trim().split("\n").at(-1) ?? ""}`;
}

/** Of the module's files, of Go, and of how that is called. */
async function hashOf(module: string, go: string, environment: Environment): Promise<string> {
  // Asked in the module's folder, which may want a newer one. Why there is none, the build says.
  const { stdout: version } = await run(go, ["env", "GOVERSION"], { environment, folder: module });
  const hash = createHash("sha256").update(JSON.stringify([version, BUILD, SETTINGS]));
  const entries = await readdir(module, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((each) => path.join(each.parentPath, each.name));
  for (const file of files.toSorted())
    hash
      .update(`${path.relative(module, file)}\0`)
      .update(await readFile(file))
      .update("\0");
  return hash.digest("hex").slice(0, 12);
}

function isThere(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
