import { beforeEach, expect, test } from "@jest/globals";
import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Environment } from "../../src/build/opa/run.ts";
import { temporaryFolder } from "../policy-folder.ts";
import { GoError } from "./error.ts";
import { goModuleSources, type GoProgram } from "./go.ts";
import { moduleFolder, obtainGoProgram, type GoOptions } from "./program.ts";

let bin = "";
let module = "";
let cacheFolder = "";
let messages: string[] = [];

beforeEach(async () => {
  const folder = await temporaryFolder();
  bin = path.join(folder, "bin");
  module = path.join(folder, "example");
  cacheFolder = path.join(folder, "cache");
  messages = [];
  for (const each of [bin, module, cacheFolder]) await mkdir(each);
  await writeFile(path.join(module, "go.mod"), "module example\n\ngo 1.26.3\n");
});

/** Writes what it is told where it is told to: the package, the linker's flags, and what the environment says. */
const BUILDS = `while [ "$1" != -o ]; do [ "$1" != -ldflags ] || flags=$2; shift; done
echo "$3 in \${PWD##*/}: $flags; C $CGO_ENABLED, $GOFLAGS, for \${GOOS:-here}" > "$2"
/bin/chmod +x "$2"
`;

/** A Go of some version that does `script` for whatever else it is asked. */
async function fakeGo(script: string, version = "1.26.8"): Promise<string> {
  const go = path.join(bin, "go");
  await writeFile(go, `#!/bin/sh\n[ "$*" != "env GOVERSION" ] || { echo go${version}; exit; }\n${script}\n`);
  await chmod(go, 0o755);
  return go;
}

const options = (environment: Environment = {}): GoOptions => ({
  environment: { PATH: bin, ...environment },
  cacheFolder,
  // That it still runs is told where the machine is slow.
  progress: (message) => void (message.startsWith("Still ") || messages.push(message)),
});

const tool = (wanted: Partial<GoProgram> = {}): GoProgram => ({
  name: "tool",
  module,
  package: "./tool",
  ...wanted,
});

const obtain = (wanted?: Partial<GoProgram>): Promise<string> => obtainGoProgram(tool(wanted), options());

async function cached(): Promise<readonly string[]> {
  const entries = await readdir(cacheFolder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

test("a program is built in its module, for this machine, without C, and told", async () => {
  await fakeGo(BUILDS);
  const environment = { GOOS: "plan9", GOFLAGS: "-tags=other" };
  const file = await obtainGoProgram(tool({ version: "1.2.3" }), options(environment));
  expect(await readFile(file, "utf8")).toBe("./tool in example: -s -w; C 0, -mod=readonly, for here\n");
  expect(messages).toEqual(["Building tool 1.2.3 from its Go modules; this takes minutes, once."]);
});

test("a program that holds C is built with C", async () => {
  await fakeGo(BUILDS);
  expect(await readFile(await obtain({ hasC: true }), "utf8")).toContain("C 1");
});

test("what is cached needs no Go", async () => {
  const go = await fakeGo(BUILDS);
  const file = await obtain();
  await rm(go);
  expect(await obtain()).toBe(file);
  expect(messages).toHaveLength(1);
});

test("two that build at the same time get the same program, and leave nothing else", async () => {
  await fakeGo(`/bin/sleep 0.2; ${BUILDS}`);
  const [one, other] = await Promise.all([obtain(), obtain()]);
  expect(one).toBe(other);
  expect(await cached()).toEqual(["tool"]);
});

test("programs of one module are neighbours, also where only one of them holds C", async () => {
  await fakeGo(BUILDS);
  const other = await obtain({ name: "other", package: "./other", hasC: true });
  expect(path.dirname(other)).toBe(path.dirname(await obtain()));
});

test.each([
  ["another dependency", "go.mod", "module example\n\ngo 1.26.3\n\nrequire example.com/a v1.0.0\n"],
  ["another source of ours", "main.go", "package main\n"],
  ["another source of ours, deeper", "deep/er/main.go", "package main\n"],
])("%s makes another program, beside the old one", async (_, file, text) => {
  await fakeGo(BUILDS);
  const old = await obtain();
  await mkdir(path.dirname(path.join(module, file)), { recursive: true });
  await writeFile(path.join(module, file), text);
  expect(await obtain()).not.toBe(old);
  expect(await cached()).toEqual(["tool", "tool"]);
});

test("other linker flags, another folder", async () => {
  await fakeGo(BUILDS);
  const other = await obtain({ linkerFlags: "-X main.version=v2" });
  expect(await readFile(other, "utf8")).toContain(": -s -w -X main.version=v2;");
  expect(await obtain()).not.toBe(other);
});

test("without Go, one sentence says what is needed", async () => {
  await expect(obtain()).rejects.toEqual(
    new GoError("tool is built with Go, and there is no Go on the PATH: install Go 1.26.3 or later"),
  );
  await expect(obtain({ partOf: "The whole" })).rejects.toThrow("The whole is built with Go, and");
});

test("a Go that is too old is named with both versions", async () => {
  const go = await fakeGo(BUILDS, "1.26.2");
  await expect(obtain()).rejects.toEqual(
    new GoError(`tool needs Go 1.26.3 to be built, and ${go} is 1.26.2: install a newer Go`),
  );
});

test("a Go that is too old and cannot fetch a newer one is named by its own version", async () => {
  const go = path.join(bin, "go");
  await writeFile(go, '#!/bin/sh\n[ "$GOTOOLCHAIN" = local ] || exit 1\necho go1.22.1\n');
  await chmod(go, 0o755);
  await expect(obtain()).rejects.toThrow(`needs Go 1.26.3 to be built, and ${go} is 1.22.1`);
});

test.each([
  ["cannot be looked up", "dial tcp: lookup proxy.example: no such host"],
  ["is switched off", "module lookup disabled by GOPROXY=off"],
])("a module proxy that %s is told as such", async (_, stderr) => {
  await fakeGo(`echo 'go: example.com/a@v1.0.0: ${stderr}' >&2; exit 1`);
  await expect(obtain()).rejects.toEqual(
    new GoError(
      `The Go modules of tool could not be downloaded (go: example.com/a@v1.0.0: ${stderr}): set GOPROXY to a module proxy that this machine reaches`,
    ),
  );
});

test("any other failure is quoted by its last line, and leaves nothing in the cache", async () => {
  await fakeGo(`while [ "$1" != -o ]; do shift; done
echo half > "$2"; printf 'tool.go:1\\n no space left \\n\\n' >&2; exit 1`);
  await expect(obtain()).rejects.toEqual(
    new GoError("`go build` of tool failed (no space left): mend what it names"),
  );
  expect(await cached()).toEqual([]);
});

test("a cache that cannot be written is named, with the way out", async () => {
  await fakeGo(BUILDS);
  await writeFile(path.join(cacheFolder, "go"), "");
  const failure = await obtain().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(GoError);
  expect(String(failure)).toMatch(/ The folder .+ cannot be made \(.+\): make .+ XDG_CACHE_HOME/);
});

test("the folder of a module is that of its programs", async () => {
  await fakeGo(BUILDS);
  expect(path.dirname(await obtain())).toBe(await moduleFolder(tool(), options()));
});

test("the sources of a module are where Go has downloaded them", async () => {
  await fakeGo(`[ "$*" = "mod download -json example.com/a" ] && echo '{"Path":"x","Dir":"/sources"}'`);
  expect(await goModuleSources(tool(), "example.com/a", { PATH: bin })).toBe("/sources");
});

test.each([
  ["that is asked for the sources", `echo '{"Error":"dial tcp: no"}'; exit 1`, /could not be downloaded/],
  ["that is asked first", "echo 'dial tcp: no' >&2; exit 1", /could not be downloaded/],
  ["that has other ones", `echo '{"Error":"checksum mismatch"}'; exit 1`, /^`go mod download` of .+ failed/],
])("a module proxy %s is told as well", async (_, script, said) => {
  await fakeGo(script);
  await expect(goModuleSources(tool(), "example.com/a", { PATH: bin })).rejects.toThrow(said);
});
