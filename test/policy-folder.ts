import { afterAll } from "@jest/globals";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildCached, type BuiltBundle } from "../src/build/build.ts";
import { BuildError } from "../src/build/build-error.ts";
import { readBundle } from "../src/build/read-bundle.ts";
import type { PortcullisError } from "../src/error.ts";
import type { Policy } from "../src/policy/policy.ts";
import { findOpa } from "./compile-rego.ts";

/** Files by their path; nested folders are made. */
export type Files = Readonly<Record<string, string>>;

const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** A new empty folder, removed when the tests of the file have ended. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "portcullis-test-"));
  folders.push(folder);
  return folder;
}

/** Writes files into a new folder called `policies` and gives its path. */
export async function policyFolder(files: Files): Promise<string> {
  const root = path.join(await temporaryFolder(), "policies");
  await writeFiles(root, files);
  return root;
}

export async function writeFiles(root: string, files: Files): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(root, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

/** Builds a folder with a cache of its own. */
export async function buildFolder(root: string): Promise<BuiltBundle> {
  return buildCached({
    root,
    cacheFolder: await temporaryFolder(),
    opa: testOpa,
    progress: () => undefined,
  });
}

/** The policies of a bundle built from these files, by id. */
export async function buildPolicies(files: Files): Promise<ReadonlyMap<string, Policy>> {
  const { policies } = await readBundle((await buildFolder(await policyFolder(files))).file);
  return new Map(policies.map((policy) => [policy.id, policy]));
}

/** Everything that is wrong with these files; positions are relative to the policy root. */
export async function problemsOf(files: Files): Promise<readonly Problem[]> {
  const root = await policyFolder(files);
  try {
    await buildFolder(root);
  } catch (error) {
    if (error instanceof BuildError) return error.problems.map((problem) => describe(root, problem));
    throw error;
  }
  return [];
}

export interface Problem {
  readonly code: string;
  /** `file:line:column` */
  readonly at: string;
  readonly message: string;
  readonly remedy: string;
}

function describe(root: string, { code, position, message, remedy }: PortcullisError): Problem {
  const { file = "", line, column } = position ?? {};
  const at = [path.relative(root, file), line, column].filter((part) => part !== undefined).join(":");
  return { code, at, message, remedy };
}

export async function testOpa(): Promise<string> {
  const opa = findOpa();
  if (opa === undefined)
    throw new Error("Tests of the build need OPA 1.22.0: set OPA to its path or put it on the PATH.");
  return opa;
}
