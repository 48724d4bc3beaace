import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { existsSync } from "node:fs";
import { chmod, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { temporaryFolder } from "../policy-folder.ts";
import { startControlPlane } from "./control-plane.ts";

const WAITS = "exec sleep 600";

let assets = "";
let messages: string[] = [];

beforeEach(async () => {
  assets = await temporaryFolder();
  messages = [];
  process.env["KUBEBUILDER_ASSETS"] = assets;
});

afterEach(() => {
  delete process.env["KUBEBUILDER_ASSETS"];
});

/** Starts with programs that are shell scripts; each notes the folder that it runs in. Gives why it did not start. */
async function failure(scripts: Readonly<Record<string, string>>): Promise<string> {
  const all = { etcd: WAITS, "kube-controller-manager": WAITS, kubectl: WAITS, ...scripts };
  for (const [name, script] of Object.entries(all)) {
    const file = join(assets, name);
    await writeFile(file, `#!/bin/sh\npwd >> '${assets}/folders'\n${script}\n`);
    await chmod(file, 0o755);
  }
  const started = startControlPlane({
    // That it still runs is told where the machine is slow.
    progress: (message) => void (message.startsWith("Still ") || messages.push(message)),
  });
  return started.then(
    () => "it started",
    (error: unknown) => String(error),
  );
}

async function foldersLeft(): Promise<readonly string[]> {
  const folders = (await readFile(join(assets, "folders"), "utf8")).trim().split("\n");
  return folders.filter((folder) => existsSync(folder));
}

test("an API server that does not start is told with the end of its log, which is kept; nothing else is", async () => {
  const error = await failure({ "kube-apiserver": "echo 'Error: unknown flag: --x' >&2; exit 3" });
  expect(error).toMatch(
    /^ControlPlaneError: kube-apiserver ended with exit code 3; its last lines: Error: unknown flag: --x \(its log is .+\)\.$/,
  );
  const log = /its log is (.+)\)\.$/.exec(error)?.[1] ?? "";
  expect(await readFile(log, "utf8")).toBe("Error: unknown flag: --x\n");
  await rm(dirname(log), { recursive: true });
  expect(await foldersLeft()).toEqual([]);
});

test("an etcd that does not start is told instead of the API server, which waits for it", async () => {
  const error = await failure({ "kube-apiserver": WAITS, etcd: "exit 1" });
  expect(error).toContain("etcd ended with exit code 1; it wrote nothing");
  const log = /its log is (.+)\)\.$/.exec(error)?.[1] ?? "";
  await rm(dirname(log), { recursive: true });
  expect(await foldersLeft()).toEqual([]);
});

test("a port that another program took meanwhile is chosen anew, a few times", async () => {
  const error = await failure({
    "kube-apiserver": `echo "$@" >> '${assets}/flags'; echo 'listen tcp 127.0.0.1: bind: address already in use'; exit 1`,
  });
  expect(error).toBe("ControlPlaneError: 3 ports in turn were taken by other programs; try again.");
  const ports = [...(await readFile(join(assets, "flags"), "utf8")).matchAll(/--secure-port=(\d+)/g)];
  expect(messages).toEqual(
    ports.map(([, port]) => `Port ${port} was taken by another program; choosing another.`),
  );
  expect(ports).toHaveLength(3);
  expect(await foldersLeft()).toEqual([]);
});
