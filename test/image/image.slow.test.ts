// oxlint-disable jest/no-standalone-expect -- the rule does not see that `confined` is `describe` or `describe.skip`
/** The image, built and run without Docker: the same program assembles it, and the kernel confines it as a runtime does. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmod,
  cp,
  glob,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { ensureDevelopmentCertificates } from "../../certs/development-certificates.ts";
import { CONTEXT, IMAGE } from "../../image/image.ts";
import { findOpa } from "../compile-rego.ts";
import { podReview, tell, verdictOf } from "../life/life.ts";
import { layBase } from "./base.ts";
import { ask, portsOf } from "./client.ts";
import { packedFiles, productionPackages } from "./expected.ts";
import { confinement, innerProcess, sandbox } from "./sandbox.ts";

const MINUTES = 60_000;
const HOME = "portcullis";

/** The folder that Docker would be sent, with the packages that its `npm install` would bring. */
let checkout: string;
/** What the image adds to its base. */
let added: string;

/** The last line of .dockerignore. */
function isSent(file: string): boolean {
  return !file.endsWith(".test.ts");
}

async function dockerContext(): Promise<string> {
  const folder = path.join(await ownFolder(), "source");
  for (const name of CONTEXT) await cp(name, path.join(folder, name), { recursive: true, filter: isSent });
  await symlink(path.resolve("node_modules"), path.join(folder, "node_modules"));
  return folder;
}

/** As the Dockerfile's build stage does. */
async function assembleImage(): Promise<string> {
  const folder = path.join(await ownFolder(), "image");
  const command = ["--disable-warning=ExperimentalWarning", "image/main.ts", "assemble", folder];
  const cache = await ownFolder();
  const env = { ...process.env, OPA: path.resolve(findOpa() ?? "opa"), XDG_CACHE_HOME: cache };
  await promisify(execFile)(process.execPath, command, { cwd: checkout, env });
  return folder;
}

async function entries(folder: string): Promise<readonly string[]> {
  return (await readdir(folder, { recursive: true })).toSorted();
}

async function isFile(file: string): Promise<boolean> {
  return (await lstat(file)).isFile();
}

async function filesOf(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await entries(folder)) if (await isFile(path.join(folder, entry))) found.push(entry);
  return found;
}

/** One hash over names, modes, times and contents. */
async function digestOf(folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const entry of await entries(folder)) {
    const file = path.join(folder, entry);
    const { mode, mtimeMs } = await lstat(file);
    hash.update(`${entry} ${mode.toString(8)} ${mtimeMs}\n`);
    if (await isFile(file)) hash.update(await readFile(file));
  }
  return hash.digest("hex");
}

const made: string[] = [];

async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "portcullis-image-"));
  made.push(folder);
  return folder;
}

/** What lies in a folder that nobody may write could not be removed by a user who is not root. */
async function makeRemovable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await makeRemovable(path.join(folder, entry.name));
}

beforeAll(async () => {
  checkout = await dockerContext();
  added = await assembleImage();
}, 5 * MINUTES);

afterAll(async () => {
  for (const folder of made) {
    await makeRemovable(folder);
    await rm(folder, { recursive: true });
  }
});

describe("what the image adds to its base", () => {
  test("is the package, its dependencies, the bundle and OPA, and nothing else", async () => {
    expect(await readdir(added)).toEqual([HOME]);
    const files = await filesOf(path.join(added, HOME));
    const own = files.filter((file) => !file.startsWith("node_modules/"));
    expect(own).toEqual(["bin/opa", "bundle.tar.gz", ...(await packedFiles(checkout))].toSorted());
  });

  test("has the packages of the lock file that run with Portcullis, in their versions, and no other", async () => {
    const installed = new Map<string, string>();
    const manifests = glob("node_modules/**/package.json", { cwd: path.join(added, HOME) });
    const Package = z.looseObject({ version: z.string() });
    for await (const file of manifests) {
      const place = path.dirname(file);
      // Others are only marks for a folder of one package.
      if (!/node_modules\/(@[^/]+\/)?[^@/][^/]*$/.test(place)) continue;
      const text = await readFile(path.join(added, HOME, file), "utf8");
      installed.set(place, Package.parse(JSON.parse(text)).version);
    }
    const wanted = await productionPackages(checkout);
    expect(installed).toEqual(wanted);
    expect([...installed.keys()].filter((place) => /jest|typescript|oxlint|node-linux/.test(place))).toEqual(
      [],
    );
  });

  test("can be written by nobody, and only OPA can be run", async () => {
    const odd: string[] = [];
    for (const entry of await entries(added)) {
      const { mode, uid } = await lstat(path.join(added, entry));
      const isRight =
        (mode & 0o222) === 0 && (mode & 0o7000) === 0 && (mode & 0o444) === 0o444 && uid !== IMAGE.user;
      if (!isRight) odd.push(`${entry} ${mode.toString(8)} ${uid}`);
    }
    expect(odd).toEqual([]);
    const run: string[] = [];
    for (const file of await filesOf(added))
      if (((await lstat(path.join(added, file))).mode & 0o111) !== 0) run.push(file);
    expect(run).toEqual([`${HOME}/bin/opa`]);
  });

  test("is as large as this says", async () => {
    const sizes = new Map<string, number>();
    for (const file of await filesOf(added)) {
      const [, part = ""] = file.split("/");
      sizes.set(part, (sizes.get(part) ?? 0) + (await lstat(path.join(added, file))).size);
    }
    const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    const parts = [...sizes].toSorted(([, one], [, other]) => other - one).map(inMegabytes);
    tell(`The image adds ${megabytes(total)} to its base: ${parts.slice(0, 5).join(", ")}.`);
    expect(total).toBeLessThan(200e6);
  });

  test(
    "is the same, to the last bit, when it is made again of the same checkout",
    async () => {
      const again = await assembleImage();
      expect(await digestOf(again)).toBe(await digestOf(added));
    },
    5 * MINUTES,
  );
});

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function inMegabytes([name, bytes]: readonly [string, number]): string {
  return `${name} ${megabytes(bytes)}`;
}

const possible = confinement();
if (possible.kind === "none") tell(`skipped: running the image: ${possible.reason}`);
const confined = possible.kind === "none" ? describe.skip : describe;
const kind = possible.kind === "root" ? "root" : "user namespace";

confined("in a root file system that cannot be written, without capabilities, the image", () => {
  let root: string;
  const inSandbox = () => sandbox(kind, root, IMAGE);

  beforeAll(async () => {
    root = path.join(await ownFolder(), "root");
    await mkdir(root);
    await cp(added, root, { recursive: true, preserveTimestamps: true });
    await layBase(root, [path.join(root, HOME, "bin/opa")]);
    // What Kubernetes would mount.
    await mkdir(path.join(root, "certificates"));
    await ensureDevelopmentCertificates(path.join(root, "certificates"), new Date());
    await chmod(path.join(root, "certificates/tls.key"), 0o444);
    await writeFile(path.join(root, "bad-pod.yaml"), await readFile("test/fixtures/manifests/bad-pod.yaml"));
  });

  test("prints its help without arguments", async () => {
    const { stdout, exitCode } = await inSandbox().run([]);
    expect([stdout, exitCode]).toEqual([expect.stringContaining("Usage: portcullis"), 0]);
  });

  test("serves verdicts over TLS as an unprivileged user, is ready, and ends whole on SIGTERM", async () => {
    const child = inSandbox().start(
      [
        "serve",
        "--policies=bundle.tar.gz",
        "--cert=/certificates/tls.crt",
        "--key=/certificates/tls.key",
        "--port=0",
        "--metrics-port=0",
        "--workers=2",
        "--drain=0",
      ],
      { network: true },
    );
    const closed = once(child, "close");
    const ports = await portsOf(child);
    const pid = await innerProcess(child);
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    // In a user namespace 65532 is another number outside of it.
    const uid = kind === "root" ? IMAGE.user : process.getuid?.();
    expect(status).toMatch(new RegExp(`^Uid:(\\t${uid}){4}$`, "m"));
    const ca = await readFile(path.join(root, "certificates/ca.crt"));
    const body = podReview({}, { hostNetwork: true, containers: [] });
    const { allowed, status: reason } = verdictOf(await ask({ ...ports, ca }, "/validate", body));
    expect([allowed, reason?.message]).toEqual([
      false,
      expect.stringContaining("pod-security/host-namespaces"),
    ]);
    expect((await ask({ ...ports, ca }, "/readyz")).status).toBe(200);
    const { body: metrics } = await ask({ ...ports, ca }, "/metrics");
    expect(metrics).toMatch(/^process_resident_memory_bytes \d{8,}$/m);
    process.kill(pid, "SIGTERM");
    await closed;
    expect(child.exitCode).toBe(0);
  });

  test("judges a manifest by its bundle, with nothing to write to and no network", async () => {
    const { stdout, stderr, exitCode } = await inSandbox().run([
      "eval",
      "--policies=bundle.tar.gz",
      "/bad-pod.yaml",
    ]);
    expect([exitCode, stderr]).toEqual([1, ""]);
    expect(stdout).toContain("deny critical  pod-security/privileged");
  });

  test("builds the bundle that it holds from its own policies, with a folder for temporary files", async () => {
    const build = ["build", "--policies=policies", "--out=/tmp/bundle.tar.gz"];
    const { stdout, stderr, exitCode } = await inSandbox().run(build, { writableTmp: true });
    expect([exitCode, stderr]).toEqual([0, "Compiling the policies in policies.\n"]);
    const { stdout: held } = await promisify(execFile)("tar", [
      "--extract",
      "--to-stdout",
      "--file",
      path.join(root, HOME, "bundle.tar.gz"),
      "/.manifest",
    ]);
    const { revision } = z.looseObject({ revision: z.string() }).parse(JSON.parse(held));
    expect(stdout).toContain(revision);
  });

  test("says what to do where it has to compile and nothing can be written", async () => {
    const { stderr, exitCode } = await inSandbox().run(["eval", "--policies=policies", "/bad-pod.yaml"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("[FILE_UNWRITABLE]");
    expect(stderr).toContain("give `--policies` a bundle");
  });
});
