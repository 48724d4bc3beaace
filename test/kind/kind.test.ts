/** `make kind` without Docker: programs of the same names stand in its place, tell how they were called, and fail on demand. */
import { expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { load } from "js-yaml";
import { z } from "zod";
import { eventually } from "../life/life.ts";
import { temporaryFolder } from "../policy-folder.ts";
import { endToEndTests } from "./end-to-end.ts";
import { IMAGE } from "./image-name.ts";

const MAIN = path.resolve("test/kind/main.ts");
const TOOLS: readonly string[] = ["docker", "kind", "kubectl", "node"];

/** Writes a line for each call; `FAIL` is how the call begins that fails, `HANG` how the one begins that never ends. */
const STAND_IN = `#!/bin/sh
stage="$(dirname "$0")/.."
. "$stage/settings"
call="$(basename "$0") $*"
echo "$call" >> "$stage/calls"
case $call in "$FAIL"*) [ -z "$FAIL" ] || { echo "it went wrong" >&2; exit 7; } ;; esac
case $call in "$HANG"*) [ -z "$HANG" ] || exec sleep 600 ;; esac
case $call in
  node*test/kind/*) exec "$NODE" "$@" ;;
  *"config view"*) echo '{"users":[{"name":"admin","user":{}}]}' ;;
  *"get secret"*) printf Y2E= ;;
esac
`;

interface Stage {
  readonly folder: string;
  readonly calls: () => Promise<readonly string[]>;
}

async function stage(settings = "", programs = TOOLS): Promise<Stage> {
  const folder = await temporaryFolder();
  for (const each of ["bin", "tmp"]) await mkdir(path.join(folder, each));
  for (const name of programs) {
    const file = path.join(folder, "bin", name);
    await writeFile(file, STAND_IN);
    await chmod(file, 0o755);
  }
  await writeFile(path.join(folder, "settings"), `FAIL= HANG= NODE='${process.execPath}'\n${settings}\n`);
  const calls = path.join(folder, "calls");
  await writeFile(calls, "");
  return {
    folder,
    calls: async () => (await readFile(calls, "utf8")).split("\n").filter((line) => line !== ""),
  };
}

// The stand-ins are shell scripts, which need the programs of the system.
function makeKind({ folder }: Stage, system = ":/usr/bin:/bin") {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN], {
    env: { PATH: `${path.join(folder, "bin")}${system}`, TMPDIR: path.join(folder, "tmp") },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = Promise.all([text(child.stderr), once(child, "close")]).then(([stderr]) => ({
    stderr,
    exitCode: child.exitCode,
  }));
  return { child, ended };
}

/** The calls that change something, without options. */
function verbs(calls: readonly string[]): readonly string[] {
  return calls.map((call) => call.split(" -")[0] ?? "").filter((call) => call !== "docker info");
}

test("builds, creates, loads, installs, tests and removes, in this order", async () => {
  const staged = await stage();
  const { stderr, exitCode } = await makeKind(staged).ended;
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining("Everything passed.\n")]);
  expect(verbs(await staged.calls())).toEqual([
    "docker build",
    "kind create cluster",
    `kind load docker-image ${IMAGE}`,
    "node",
    "kubectl config view",
    "kubectl apply",
    "kubectl rollout status deployment/portcullis",
    "kubectl get secret/portcullis-tls",
    "node",
    "node",
    "kind delete cluster",
  ]);
});

test("removes the cluster that it has created and no other, and leaves no file", async () => {
  const staged = await stage();
  await makeKind(staged).ended;
  const temporary = path.join(staged.folder, "tmp");
  const calls = (await staged.calls()).filter((call) => call.startsWith("kind "));
  const names = calls.map((call) => /--name (portcullis-[0-9a-f]{8})\b/.exec(call)?.[1] ?? "none");
  expect(names).toEqual([names[0], names[0], names[0]]);
  expect(names).not.toContain("none");
  const files = calls.flatMap((call) => /--kubeconfig (\S+)/.exec(call)?.[1] ?? []);
  expect(new Set(files)).toEqual(new Set([expect.stringContaining(`${temporary}/`)]));
  expect(await readdir(temporary)).toEqual([]);
});

test("runs the tests that take any cluster, and names the others", async () => {
  const { running, omitted } = await endToEndTests();
  const takeAny = ["test/e2e/enforcement.test.ts", "test/e2e/writes.test.ts"];
  expect(running).toEqual(expect.arrayContaining(takeAny));
  const staged = await stage();
  const { stderr } = await makeKind(staged).ended;
  expect((await staged.calls()).at(-2)?.endsWith(` ${running.join(" ")}`)).toBe(true);
  const named = [...stderr.matchAll(/^not run in kind: (\S+): /gm)].map(([, file]) => file);
  expect(named).toEqual(omitted);
  expect(named).toContain("test/e2e/control-plane.test.ts");
});

test.each([
  ["kind create", "kind create cluster ended with exit code 7."],
  ["kind load", `kind load docker-image ${IMAGE} ended with exit code 7.`],
  ["kubectl apply", "ended with exit code 7: it went wrong"],
  ["kubectl rollout", "ended with exit code 7: it went wrong"],
  ["node --disable-warning=ExperimentalWarning src/main.ts", "could not be installed: it went wrong"],
  ["node --disable-warning=ExperimentalWarning --experimental", "node ended with exit code 7."],
])("removes the cluster where %s fails, and shows what the Pods say", async (fails, said) => {
  const staged = await stage(`FAIL='${fails}'`);
  const { stderr, exitCode } = await makeKind(staged).ended;
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining(said)]);
  expect(stderr).not.toMatch(/^ +at /m);
  const calls = await staged.calls();
  expect(calls.at(-1)).toMatch(/^kind delete cluster/);
  expect(calls.some((call) => call.includes(" logs "))).toBe(true);
});

test("creates no cluster where the image cannot be built", async () => {
  const staged = await stage("FAIL='docker build'");
  const { stderr, exitCode } = await makeKind(staged).ended;
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining("docker build ended with exit code 7.\n")]);
  expect(verbs(await staged.calls())).toEqual(["docker build"]);
});

test("says how to remove the cluster where that fails", async () => {
  const { stderr } = await makeKind(await stage("FAIL='kind delete'")).ended;
  expect(stderr).toMatch(/may still be there; remove it: kind delete cluster --name portcullis-[0-9a-f]{8}/);
});

test.each(["kind create", "kubectl rollout", "node --disable-warning=ExperimentalWarning --exp"])(
  "ends what runs and removes the cluster when it is interrupted during %s",
  async (hangs) => {
    const staged = await stage(`HANG='${hangs}'`);
    const { child, ended } = makeKind(staged);
    const isHanging = async (): Promise<boolean> => (await staged.calls()).at(-1)?.startsWith(hangs) ?? false;
    await eventually("it hangs", isHanging);
    child.kill("SIGINT");
    const { stderr, exitCode } = await ended;
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("error: It was interrupted.\n")]);
    const [last, before] = (await staged.calls()).toReversed();
    expect(last).toMatch(/^kind delete cluster/);
    expect(before?.startsWith(hangs)).toBe(true);
  },
);

test("says in one sentence what is missing and where it is to be had", async () => {
  const { stderr, exitCode } = await makeKind(await stage("", ["kubectl"]), "").ended;
  expect([exitCode, stderr]).toEqual([
    1,
    expect.stringMatching(
      /^error: make kind needs what is not on the PATH: docker \(https:\S+\), kind \(https:[^\n]+\n$/,
    ),
  ]);
});

test("says so where Docker does not run", async () => {
  const staged = await stage("FAIL='docker info'");
  const { stderr, exitCode } = await makeKind(staged).ended;
  expect([exitCode, stderr]).toEqual([
    1,
    expect.stringMatching(/^error: make kind needs a running Docker[^\n]+it went wrong[^\n]+\n$/),
  ]);
  expect(await staged.calls()).toEqual([expect.stringMatching(/^docker info/)]);
});

test("the nodes are of one version, pinned by their content", async () => {
  const Cluster = z.object({ nodes: z.array(z.object({ image: z.string() })) });
  const { nodes } = Cluster.parse(load(await readFile("manifests/kind/cluster.yaml", "utf8")));
  expect(new Set(nodes.map(({ image }) => image)).size).toBe(1);
  expect(nodes[0]?.image).toMatch(/^kindest\/node:v1\.36\.\d+@sha256:[0-9a-f]{64}$/);
});
