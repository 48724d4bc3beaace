import { expect, test } from "@jest/globals";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { temporaryFolder } from "../policy-folder.ts";
import { obtainGoProgram, type GoProgram, type Obtained } from "./go-program.ts";

/** Writes what it is told to build where it is told to, and whether C is allowed; its version is in the environment. */
const GO = `#!/bin/sh
[ "$*" != "env GOVERSION" ] || { echo "$VERSION"; exit; }
[ "$1" = build ] || exit 9
while [ "$1" != -o ]; do shift; done
echo "$3 in $(basename "$PWD"), C $CGO_ENABLED" > "$2"
chmod +x "$2"
`;

interface Surroundings {
  readonly program: GoProgram;
  readonly obtain: (wanted?: Partial<GoProgram>, version?: string) => Promise<Obtained>;
  readonly cached: () => Promise<readonly string[]>;
}

async function surroundings(go: string | undefined): Promise<Surroundings> {
  const folder = await temporaryFolder();
  const module = path.join(folder, "example");
  for (const each of ["bin", "example", "cache"]) await mkdir(path.join(folder, each));
  await writeFile(path.join(module, "go.mod"), "module example\n");
  if (go !== undefined) {
    await writeFile(path.join(folder, "bin/go"), go);
    await chmod(path.join(folder, "bin/go"), 0o755);
  }
  const environment = {
    PATH: `${path.join(folder, "bin")}${go === undefined ? "" : ":/usr/bin:/bin"}`,
    XDG_CACHE_HOME: path.join(folder, "cache"),
  };
  const program: GoProgram = { name: "tool", module, package: "./tool" };
  return {
    program,
    obtain: (wanted, version = "go1.26.0") =>
      obtainGoProgram({ ...program, ...wanted }, { ...environment, VERSION: version }),
    cached: async () => {
      const entries = await readdir(path.join(folder, "cache"), { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    },
  };
}

function programOf(obtained: Obtained): string {
  if ("reason" in obtained) throw new Error(obtained.reason);
  return obtained.program;
}

test("a program is built once, without C", async () => {
  const { obtain, cached } = await surroundings(GO);
  const first = programOf(await obtain());
  expect(await readFile(first, "utf8")).toBe("./tool in example, C 0\n");
  await writeFile(first, "kept");
  expect(programOf(await obtain())).toBe(first);
  expect(await readFile(first, "utf8")).toBe("kept");
  expect(await cached()).toEqual(["tool"]);
});

test("a program that holds C is built with C", async () => {
  const { obtain } = await surroundings(GO);
  expect(await readFile(programOf(await obtain({ hasC: true })), "utf8")).toContain("C 1");
});

test("a program whose module has changed is built anew, beside the old one", async () => {
  const { program, obtain, cached } = await surroundings(GO);
  const old = programOf(await obtain());
  await writeFile(path.join(program.module, "main.go"), "package main\n");
  const changed = programOf(await obtain());
  expect(changed).not.toBe(old);
  expect(await cached()).toHaveLength(2);
});

test("a newer Go builds a program anew, and both are kept", async () => {
  const { obtain, cached } = await surroundings(GO);
  const old = programOf(await obtain());
  expect(programOf(await obtain({}, "go1.26.1"))).not.toBe(old);
  expect(programOf(await obtain())).toBe(old);
  expect(await cached()).toHaveLength(2);
});

test("programs of one module are neighbours", async () => {
  const { obtain } = await surroundings(GO);
  const tool = programOf(await obtain());
  const other = programOf(await obtain({ name: "other", package: "./other", hasC: true }));
  expect(path.dirname(other)).toBe(path.dirname(tool));
});

test("what Go says last is why there is no program, and nothing is left of it", async () => {
  const { obtain, cached } = await surroundings(`${GO}echo "go: no such module" >&2; exit 1\n`);
  expect(await obtain()).toEqual({ reason: "`go build` of tool failed: go: no such module" });
  expect(await cached()).toEqual([]);
});

test("without Go there is a reason", async () => {
  const { obtain } = await surroundings(undefined);
  expect(await obtain()).toEqual({ reason: "tool is built with Go, and there is no Go on the PATH" });
});
