import { beforeEach, expect, test } from "@jest/globals";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "../../src/build/opa/run.ts";
import { temporaryFolder } from "../policy-folder.ts";
import { obtainProgram } from "./obtain.ts";
import { program } from "./programs.ts";

let bin = "";
let cacheFolder = "";
let messages: string[] = [];

beforeEach(async () => {
  bin = await temporaryFolder();
  cacheFolder = await temporaryFolder();
  messages = [];
});

async function executable(folder: string, name: string, text: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, name);
  await writeFile(file, text);
  await chmod(file, 0o755);
  return file;
}

/** A Go of some version whose `build` runs `script`, with the output file as $OUT. */
async function fakeGo(version: string, script: string): Promise<string> {
  const text = `#!/bin/sh
if [ "$1" = env ]; then echo go${version}; exit 0; fi
OUT=$6
PACKAGE=$7
FLAGS=$4
${script}
`;
  return executable(bin, "go", text);
}

const BUILDS = `printf '%s' "$PACKAGE $FLAGS" > "$OUT"; /bin/chmod 755 "$OUT"`;

function obtain(environment: Environment = {}): Promise<string> {
  return obtainProgram("kube-apiserver", {
    environment: { PATH: bin, ...environment },
    cacheFolder,
    progress: (message) => messages.push(message),
  });
}

function cachedFile(): string {
  const { version, hash } = program("kube-apiserver").module;
  const module = `kubernetes-${version}-${process.platform}-${process.arch}-${hash}`;
  return join(cacheFolder, "cluster", module, "kube-apiserver");
}

test("a program in KUBEBUILDER_ASSETS is taken as it is", async () => {
  const assets = await temporaryFolder();
  const given = await executable(assets, "kube-apiserver", "");
  expect(await obtain({ KUBEBUILDER_ASSETS: assets })).toBe(given);
});

test("what is missing in KUBEBUILDER_ASSETS is built, once, and told", async () => {
  await fakeGo("1.26.8", BUILDS);
  const assets = await temporaryFolder();
  const environment = { KUBEBUILDER_ASSETS: assets };
  expect(await obtain(environment)).toBe(cachedFile());
  expect(messages).toEqual([
    `KUBEBUILDER_ASSETS=${assets} has no kube-apiserver that can be run; looking further.`,
    "Building kube-apiserver 1.36.3 from its Go modules; this takes minutes, once.",
  ]);
  await fakeGo("1.26.8", "exit 1");
  expect(await obtain(environment)).toBe(cachedFile());
});

test("the program is told its version", async () => {
  await fakeGo("1.26.8", BUILDS);
  const built = await readFile(await obtain(), "utf8");
  expect(built).toMatch(/^k8s\.io\/kubernetes\/cmd\/kube-apiserver .*gitVersion=v1\.36\.3 /);
});

test("two that build at the same time get the same program, and leave nothing else", async () => {
  await fakeGo("1.26.8", `/bin/sleep 0.2; ${BUILDS}`);
  expect(await Promise.all([obtain(), obtain()])).toEqual([cachedFile(), cachedFile()]);
  expect(await readdir(join(cachedFile(), ".."))).toEqual(["kube-apiserver"]);
});

test("without Go, one sentence says what is needed and what else can be done", async () => {
  await expect(obtain()).rejects.toThrow(
    "The local control plane is built with Go, and there is no Go on the PATH: install Go 1.26.0 or later, or set KUBEBUILDER_ASSETS to a folder with the programs.",
  );
});

test("a Go that is too old is named with both versions", async () => {
  const go = await fakeGo("1.25.4", BUILDS);
  await expect(obtain()).rejects.toThrow(
    `Building the local control plane needs Go 1.26.0, and ${go} is 1.25.4: install a newer Go`,
  );
});

test("a Go that is too old and cannot fetch a newer one is named by its own version", async () => {
  const text = '#!/bin/sh\n[ "$GOTOOLCHAIN" = local ] || exit 1\necho go1.22.1\n';
  const go = await executable(bin, "go", text);
  await expect(obtain()).rejects.toThrow(`needs Go 1.26.0, and ${go} is 1.22.1`);
});

test.each([
  ["cannot be looked up", "dial tcp: lookup proxy.example: no such host"],
  ["is switched off", "module lookup disabled by GOPROXY=off"],
])("a module proxy that %s is told as such", async (_, stderr) => {
  await fakeGo("1.26.8", `echo 'go: k8s.io/kubernetes@v1.36.3: ${stderr}' >&2; exit 1`);
  await expect(obtain()).rejects.toThrow(
    `The Go modules of kube-apiserver could not be downloaded (go: k8s.io/kubernetes@v1.36.3: ${stderr}): set GOPROXY to a module proxy`,
  );
});

test("any other failure is quoted, and leaves nothing in the cache", async () => {
  await fakeGo("1.26.8", `echo half > "$OUT"; echo 'no space left on device' >&2; exit 1`);
  await expect(obtain()).rejects.toThrow("`go build` of kube-apiserver failed (no space left on device)");
  expect(await readdir(join(cachedFile(), ".."))).toEqual([]);
});

test("a cache that cannot be written is named, with the way out", async () => {
  await fakeGo("1.26.8", BUILDS);
  await writeFile(join(cacheFolder, "cluster"), "");
  await expect(obtain()).rejects.toThrow(/^The folder .+ cannot be made \(.+\): .*XDG_CACHE_HOME/);
});
