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

/** From the cache, where whatever changes the program gives it another place, else built. */
export async function obtainGoProgram(
  wanted: GoProgram,
  environment: Environment = process.env,
): Promise<Obtained> {
  const { platform } = process;
  const { name, module } = wanted;
  const folder = `${path.basename(module)}-${await sourcesHash(module)}-${platform}-${process.arch}`;
  const program = path.join(cacheFolder(environment, platform, homedir()), "image", folder, name);
  if (await isThere(program)) return { program };
  const [go] = await onPath("go", environment);
  if (go === undefined) return { reason: `${name} is built with Go, and there is no Go on the PATH` };
  await mkdir(path.dirname(program), { recursive: true });
  const reason = await build(wanted, { go, program, environment });
  return reason === undefined ? { program } : { reason };
}

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
  const args = ["build", "-trimpath", "-ldflags", "-s -w", "-o", unfinished, main];
  // A user's cross-compiling settings would build for another machine.
  const settings = { GOFLAGS: "-mod=readonly", GOOS: undefined, GOARCH: undefined };
  const settled = { ...environment, ...settings, CGO_ENABLED: hasC ? "1" : "0" };
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

async function sourcesHash(module: string): Promise<string> {
  const hash = createHash("sha256");
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
