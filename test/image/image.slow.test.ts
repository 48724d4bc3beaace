// oxlint-disable jest/no-standalone-expect -- the rule does not see that `confined` is `describe` or `describe.skip`
/** The image, built and run without Docker: the same program assembles it, and the kernel confines it as a runtime does. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execFile } from "node:child_process";
import { cp, glob, lstat, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { IMAGE } from "../../image/image.ts";
import { tell } from "../life/life.ts";
import { assembleImage, dockerContext } from "./assembled.ts";
import { layBase } from "./base.ts";
import { ask } from "./client.ts";
import { packedFiles, productionPackages } from "./expected.ts";
import { differences, filesOf, ownFolder, removeOwnFolders, writable } from "./folders.ts";
import { confinement, sandbox } from "./sandbox.ts";
import { layCertificates, verdictOnHostNetwork, whileServing } from "./serving.ts";

const MINUTES = 60_000;
const HOME = "portcullis";
/** How a file begins that only one kind of machine can run. */
const ELF = Buffer.from("\x7fELF");

/** The folder that Docker would be sent, with the packages that its `npm install` would bring. */
let checkout: string;
/** What the image adds to its base. */
let added: string;

beforeAll(async () => {
  checkout = await dockerContext();
  added = await assembleImage(checkout);
}, 5 * MINUTES);

afterAll(removeOwnFolders);

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
    expect(await writable(added, IMAGE.user)).toEqual([]);
    const run: string[] = [];
    for (const file of await filesOf(added))
      if (((await lstat(path.join(added, file))).mode & 0o111) !== 0) run.push(file);
    expect(run).toEqual([`${HOME}/bin/opa`]);
  });

  test("is the same on every kind of machine, but for OPA", async () => {
    const native: string[] = [];
    for (const file of await filesOf(added))
      if ((await readFile(path.join(added, file))).subarray(0, 4).equals(ELF)) native.push(file);
    expect(native).toEqual([`${HOME}/bin/opa`]);
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
      const again = await assembleImage(checkout);
      expect(await differences(again, added)).toEqual([]);
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
    await layCertificates(root);
    await writeFile(path.join(root, "bad-pod.yaml"), await readFile("test/fixtures/manifests/bad-pod.yaml"));
  });

  test("prints its help without arguments", async () => {
    const { stdout, exitCode } = await inSandbox().run([]);
    expect([stdout, exitCode]).toEqual([expect.stringContaining("Usage: portcullis"), 0]);
  });

  test("serves verdicts over TLS as an unprivileged user, is ready, and ends whole on SIGTERM", async () => {
    const exitCode = await whileServing(inSandbox(), root, async (served) => {
      const status = await readFile(`/proc/${served.pid}/status`, "utf8");
      expect(status).toMatch(/^CapEff:\t0+$/m);
      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
      // In a user namespace 65532 is another number outside of it.
      const uid = kind === "root" ? IMAGE.user : process.getuid?.();
      expect(status).toMatch(new RegExp(`^Uid:(\\t${uid}){4}$`, "m"));
      expect(await verdictOnHostNetwork(served)).toEqual([
        false,
        expect.stringContaining("pod-security/host-namespaces"),
      ]);
      const metricsPort = { ...served.ports, ca: served.ca };
      expect((await ask(metricsPort, "/readyz")).status).toBe(200);
      const { body: metrics } = await ask(metricsPort, "/metrics");
      expect(metrics).toMatch(/^process_resident_memory_bytes \d{8,}$/m);
    });
    expect(exitCode).toBe(0);
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
