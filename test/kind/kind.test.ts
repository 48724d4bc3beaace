/** `make kind` without Docker: programs of the same names stand in its place, tell how they were called, and fail on demand. */
import { expect, test } from "@jest/globals";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { load } from "js-yaml";
import { z } from "zod";
import { eventually } from "../life/life.ts";
import { endToEndTests } from "./end-to-end.ts";
import { IMAGE } from "./image-name.ts";
import { makeKind, stage } from "./stage.ts";

/** The calls that change something, without options. */
function verbs(calls: readonly string[]): readonly string[] {
  return calls
    .map((call) => call.split(" -")[0] ?? "")
    .filter((call) => !["docker version", "docker buildx version"].includes(call));
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
  const staged = await stage({ settings: `FAIL='${fails}'` });
  const { stderr, exitCode } = await makeKind(staged).ended;
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining(said)]);
  expect(stderr).not.toMatch(/^ +at /m);
  const calls = await staged.calls();
  expect(calls.at(-1)).toMatch(/^kind delete cluster/);
  expect(calls.some((call) => call.includes(" logs "))).toBe(true);
});

test("creates no cluster where the image cannot be built", async () => {
  const staged = await stage({ settings: "FAIL='docker build '" });
  const { stderr, exitCode } = await makeKind(staged).ended;
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining("docker build ended with exit code 7.\n")]);
  expect(verbs(await staged.calls())).toEqual(["docker build"]);
});

test("says how to remove the cluster where that fails", async () => {
  const { stderr } = await makeKind(await stage({ settings: "FAIL='kind delete'" })).ended;
  expect(stderr).toMatch(/may still be there; remove it: kind delete cluster --name portcullis-[0-9a-f]{8}/);
});

test.each(["kind create", "kubectl rollout", "node --disable-warning=ExperimentalWarning --exp"])(
  "ends what runs and removes the cluster when it is interrupted during %s",
  async (hangs) => {
    const staged = await stage({ settings: `HANG='${hangs}'` });
    const { ctrlC, ended } = makeKind(staged);
    const isHanging = async (): Promise<boolean> => (await staged.calls()).at(-1)?.startsWith(hangs) ?? false;
    await eventually("it hangs", isHanging);
    ctrlC();
    const { stderr, exitCode } = await ended;
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("error: It was interrupted.\n")]);
    const [last, before] = (await staged.calls()).toReversed();
    expect(last).toMatch(/^kind delete cluster/);
    expect(before?.startsWith(hangs)).toBe(true);
  },
);

test("says in one sentence what is missing and where it is to be had", async () => {
  const { stderr, exitCode } = await makeKind(await stage({ programs: ["kubectl"] }), "").ended;
  expect([exitCode, stderr]).toEqual([
    1,
    expect.stringMatching(
      /^error: make kind needs what is not on the PATH: docker \(https:\S+\), kind \(https:[^\n]+\n$/,
    ),
  ]);
});

test.each([
  ["FAIL='docker version'", "a running Docker, and `docker version` says: it went wrong."],
  [
    "FAIL='docker buildx'",
    "Docker's plugin buildx (https://docs.docker.com/go/buildx/), and `docker buildx` says: it went wrong.",
  ],
  [
    "KILL='docker version'",
    "a running Docker, and `docker version` was killed, or took more than 30 seconds.",
  ],
])(
  "says in one sentence what is wrong with Docker where %s, and changes nothing",
  async (settings, fault) => {
    const staged = await stage({ settings });
    const { stderr, exitCode } = await makeKind(staged).ended;
    const remedy = "Mend that, or use `make cluster`, which needs no Docker.\n";
    expect([exitCode, stderr]).toEqual([1, `error: make kind needs ${fault} ${remedy}`]);
    expect(verbs(await staged.calls())).toEqual([]);
  },
);

test("is interrupted while Docker is asked, and says no more than that", async () => {
  const staged = await stage({ settings: "HANG='docker version'" });
  const { ctrlC, ended } = makeKind(staged);
  await eventually("it hangs", async () => (await staged.calls()).length > 0);
  ctrlC();
  expect(await ended).toEqual({ exitCode: 1, stderr: "error: It was interrupted.\n" });
});

test("the nodes are of one version, pinned by their content", async () => {
  const Cluster = z.object({ nodes: z.array(z.object({ image: z.string() })) });
  const { nodes } = Cluster.parse(load(await readFile("manifests/kind/cluster.yaml", "utf8")));
  expect(new Set(nodes.map(({ image }) => image)).size).toBe(1);
  expect(nodes[0]?.image).toMatch(/^kindest\/node:v1\.36\.\d+@sha256:[0-9a-f]{64}$/);
});
