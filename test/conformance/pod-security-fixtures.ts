/**
 * The fixtures of Kubernetes' own Pod Security admission: Pods that pass or fail, by level and version of the standards.
 * They lie in its Go module, which Go verifies and keeps in its cache.
 */
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { onPath } from "../../src/build/opa/locate.ts";
import { run, type Environment } from "../../src/build/opa/run.ts";

const MODULE = "k8s.io/pod-security-admission@v0.37.2";

const Module = z.object({ Dir: z.string() });

/** One Pod and what upstream says of it. */
export interface Fixture {
  readonly level: "baseline" | "restricted";
  /** Such as `v1.37`. */
  readonly version: string;
  readonly passes: boolean;
  /** Such as `hostports1`: the check that it is about in lower case, and a number. */
  readonly name: string;
  readonly text: string;
}

/** All fixtures, or why there are none. */
export type ObtainedFixtures = { readonly fixtures: readonly Fixture[] } | { readonly failure: string };

/** Reads the fixtures; Go downloads the module if need be. Read: `PATH`; all of the environment goes to Go. */
export async function obtainFixtures(environment: Environment): Promise<ObtainedFixtures> {
  const [go] = await onPath(process.platform === "win32" ? "go.exe" : "go", environment);
  if (go === undefined) return { failure: "Go is not on the PATH" };
  // Outside every module, so that no go.mod has a say.
  const ended = await run(go, ["mod", "download", "-json", MODULE], { environment, folder: tmpdir() });
  if (ended.code !== 0) return { failure: `\`go mod download ${MODULE}\` failed: ${ended.stderr.trim()}` };
  const folder = path.join(Module.parse(JSON.parse(ended.stdout)).Dir, "test", "testdata");
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith(".yaml"));
  return { fixtures: await Promise.all(files.toSorted().map((file) => fixture(folder, file))) };
}

const Place = z.tuple([
  z.enum(["baseline", "restricted"]),
  z.string().regex(/^v1\.\d+$/),
  z.enum(["pass", "fail"]),
  z.string(),
]);

async function fixture(folder: string, file: string): Promise<Fixture> {
  const [level, version, verdict, name] = Place.parse(file.split(path.sep));
  const text = await readFile(path.join(folder, file), "utf8");
  return { level, version, passes: verdict === "pass", name: path.basename(name, ".yaml"), text };
}
