import { beforeEach, expect, test } from "@jest/globals";
import { chmod, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Environment } from "../../src/build/opa/run.ts";
import { GoError } from "../go/error.ts";
import { temporaryFolder } from "../policy-folder.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import { obtainProgram } from "./obtain.ts";

let bin = "";
let cacheFolder = "";
let messages: string[] = [];

beforeEach(async () => {
  bin = await temporaryFolder();
  cacheFolder = await temporaryFolder();
  messages = [];
});

async function executable(folder: string, name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  await chmod(file, 0o755);
  return file;
}

function obtain(environment: Environment = {}): Promise<string> {
  return obtainProgram("kube-apiserver", {
    environment: { PATH: bin, ...environment },
    cacheFolder,
    // That it still runs is told where the machine is slow.
    progress: (message) => void (message.startsWith("Still ") || messages.push(message)),
  });
}

test("a program in KUBEBUILDER_ASSETS is taken as it is", async () => {
  const assets = await temporaryFolder();
  const given = await executable(assets, "kube-apiserver", "");
  expect(await obtain({ KUBEBUILDER_ASSETS: assets })).toBe(given);
});

test("what is missing in KUBEBUILDER_ASSETS is built, with its version, and told", async () => {
  const builds = `[ "$1" != env ] || { echo go1.26.8; exit; }
for word; do
  case $word in *"gitVersion=v1.36.3 "*) told=yes ;; esac
  [ "$before" != -o ] || out=$word
  before=$word
done
[ "$told $word" = "yes k8s.io/kubernetes/cmd/kube-apiserver" ] && : > "$out" && /bin/chmod 755 "$out"
`;
  await executable(bin, "go", `#!/bin/sh\n${builds}`);
  const assets = await temporaryFolder();
  expect(basename(await obtain({ KUBEBUILDER_ASSETS: assets }))).toBe("kube-apiserver");
  expect(messages).toEqual([
    `KUBEBUILDER_ASSETS=${assets} has no kube-apiserver that can be run; looking further.`,
    "Building kube-apiserver 1.36.3 from its Go modules; this takes minutes, once.",
  ]);
});

test("without Go, one sentence says what is needed and what else can be done", async () => {
  const failure = await obtain().catch((error: unknown) => error);
  expect(failure).toEqual(
    new ControlPlaneError(
      "The local control plane is built with Go, and there is no Go on the PATH: install Go 1.26.0 or later, or set KUBEBUILDER_ASSETS to a folder with the programs.",
    ),
  );
  expect(failure).toHaveProperty("cause", expect.any(GoError));
});
