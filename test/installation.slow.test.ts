/** What a newcomer does, in empty folders: the README's `make run`, and the packed package. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { ensureDevelopmentCertificates } from "../certs/development-certificates.ts";
import { ask, portsOf } from "./image/client.ts";
import { podReview, verdictOf } from "./life/life.ts";

const execute = promisify(execFile);
/** Nothing that runs with Portcullis needs any of these. */
const DEVELOPMENT = new Set(["commander", "jest", "knip", "oxlint", "rolldown", "typescript", "zod"]);
const MINUTES = 60_000;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "portcullis-installation-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The files that git has or would have, as a fresh clone would hold them. */
async function freshCheckout(): Promise<string> {
  const target = path.join(folder, "checkout");
  const { stdout } = await execute("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
  for (const file of stdout.split("\0").filter((name) => name !== "")) {
    await mkdir(path.dirname(path.join(target, file)), { recursive: true });
    await copyFile(file, path.join(target, file));
  }
  return target;
}

/** Without the folder of this project's own Node.js, which a newcomer does not have on the PATH. */
function newcomersPath(): string {
  const own = path.resolve("node_modules/.bin");
  return (process.env["PATH"] ?? "")
    .split(path.delimiter)
    .filter((entry) => entry !== own)
    .join(path.delimiter);
}

function outputOf(child: ChildProcess, ready: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const collect = (chunk: Buffer): void => {
      text += chunk.toString();
      if (ready.test(text)) resolve(text);
    };
    child.stdout?.on("data", collect);
    child.stderr?.on("data", collect);
    child.once("exit", (code) => reject(new Error(`ended with ${code}: ${text}`)));
  });
}

test(
  "on a fresh checkout `make run` sets everything up, and the command that it prints shows a denial",
  async () => {
    const checkout = await freshCheckout();
    // Any that are free; what is printed names them.
    const env = { ...process.env, PATH: newcomersPath(), PORT: "0", METRICS_PORT: "0" };
    const server = spawn("make", ["run"], {
      cwd: checkout,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    try {
      const output = await outputOf(server, /Stop with Ctrl-C/);
      expect(output).toMatch(/Portcullis is ready: \d+ policies, bundle sha256:[0-9a-f]{64}/);
      const command = /curl[^]*?\/validate/.exec(output)?.[0] ?? "";
      const { stdout } = await execute("sh", ["-c", command], { cwd: checkout });
      expect(JSON.parse(stdout)).toMatchObject({ response: { allowed: false, status: { code: 403 } } });
    } finally {
      // The whole group, as Ctrl-C in a terminal does.
      process.kill(-(server.pid ?? 0), "SIGINT");
      await once(server, "close");
    }
  },
  15 * MINUTES,
);

test(
  "the packed package judges manifests and serves in an empty folder, with production dependencies only",
  async () => {
    const { stdout } = await execute("npm", ["pack", "--pack-destination", folder], { env: process.env });
    const tarball = path.join(folder, stdout.trim().split("\n").at(-1) ?? "");
    const empty = path.join(folder, "empty");
    await mkdir(empty);
    await execute("npm", ["install", "--omit=dev", "--no-audit", "--no-fund", tarball], { cwd: empty });
    await writeFile(
      path.join(empty, "pod.yaml"),
      "apiVersion: v1\nkind: Pod\nmetadata: {name: bad}\nspec: {hostNetwork: true, containers: []}\n",
    );
    const program = path.join(empty, "node_modules/.bin/portcullis");
    const policies = ["--policies", "node_modules/portcullis/policies"];
    const denied = await execute(program, ["eval", ...policies, "pod.yaml"], { cwd: empty }).catch(
      (ended: unknown) => ended,
    );
    expect(denied).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("pod-security/host-namespaces"),
    });

    // Ready means that every worker thread has decided with every policy.
    await ensureDevelopmentCertificates(empty, new Date());
    const ports = ["--port", "0", "--metrics-port", "0", "--drain", "0"];
    const certificate = ["--cert", "tls.crt", "--key", "tls.key"];
    const server = spawn(program, ["serve", ...policies, ...ports, ...certificate], {
      cwd: empty,
      stdio: ["ignore", "pipe", "pipe"],
    });
    try {
      const [listening, output] = await Promise.all([portsOf(server), outputOf(server, /metrics .*\n/)]);
      expect(output).toContain("Portcullis is ready");
      const asked = { ...listening, ca: await readFile(path.join(empty, "ca.crt")) };
      const review = podReview({}, { hostNetwork: true, containers: [] });
      expect(verdictOf(await ask(asked, "/validate", review)).allowed).toBe(false);
    } finally {
      server.kill("SIGTERM");
      await once(server, "close");
    }

    const packages = await readdir(path.join(empty, "node_modules"));
    expect(packages).toContain("express");
    expect(packages.filter((name) => DEVELOPMENT.has(name))).toEqual([]);

    const licenses = "node_modules/portcullis/dist/third-party-licenses.txt";
    expect(await readFile(path.join(empty, licenses), "utf8")).toContain("@open-policy-agent/opa-wasm");
  },
  10 * MINUTES,
);
