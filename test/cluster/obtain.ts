/**
 * Where the programs of the local control plane come from: the folder `KUBEBUILDER_ASSETS`, else the cache, else they
 * are built from Go modules (about five minutes on two cores, once).
 */
import { randomUUID } from "node:crypto";
import { access, constants, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { cacheFolder } from "../../src/build/cache-folder.ts";
import type { Progress } from "../../src/build/progress.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import { goBuild, goModuleSources, type GoOptions } from "./go-build.ts";
import { program, type Program, type ProgramName } from "./programs.ts";

/** Paths of programs. */
export interface ControlPlanePrograms {
  readonly apiServer: string;
  readonly etcd: string;
  readonly controllerManager: string;
  readonly kubectl: string;
}

/** What makes Pods run. */
export interface NodePrograms {
  readonly scheduler: string;
  readonly kwok: string;
  /** What kwok makes of Nodes and Pods, in YAML. */
  readonly stages: string;
}

/** What issues certificates and writes their authority into webhook configurations. */
export interface CertManagerPrograms {
  readonly controllers: string;
  /** Its CustomResourceDefinitions, in YAML. */
  readonly definitions: string;
}

interface Options {
  readonly progress: Progress;
}

/** In the order of what a person waits for. Throws ControlPlaneError. */
export async function obtainControlPlane(options: Options): Promise<ControlPlanePrograms> {
  const obtain = (name: ProgramName): Promise<string> => obtainProgram(name, surroundings(options));
  return {
    apiServer: await obtain("kube-apiserver"),
    etcd: await obtain("etcd"),
    controllerManager: await obtain("kube-controller-manager"),
    kubectl: await obtain("kubectl"),
  };
}

/** Throws ControlPlaneError. */
export async function obtainNodes(options: Options): Promise<NodePrograms> {
  const { environment, ...rest } = surroundings(options);
  return {
    scheduler: await obtainProgram("kube-scheduler", { environment, ...rest }),
    kwok: await obtainProgram("kwok", { environment, ...rest }),
    stages: await obtainDocuments(STAGES, { environment, ...rest }),
  };
}

/** Throws ControlPlaneError. */
export async function obtainCertManager(options: Options): Promise<CertManagerPrograms> {
  return {
    controllers: await obtainProgram("cert-manager", surroundings(options)),
    definitions: await obtainDocuments(DEFINITIONS, surroundings(options)),
  };
}

/** kubectl of the pinned version and no other, for what compares with it. Throws ControlPlaneError. */
export function obtainPinnedKubectl(options: Options): Promise<string> {
  const { environment, ...rest } = surroundings(options);
  return obtainProgram("kubectl", { ...rest, environment: { ...environment, [ASSETS]: undefined } });
}

export interface ObtainOptions extends GoOptions {
  readonly cacheFolder: string;
}

const ASSETS = "KUBEBUILDER_ASSETS";

/** The path of a program, which is built if need be. Throws ControlPlaneError. */
export async function obtainProgram(name: ProgramName, options: ObtainOptions): Promise<string> {
  const assets = options.environment[ASSETS];
  if (assets !== undefined && assets !== "") {
    const given = join(assets, name);
    if (await isThere(given, constants.X_OK)) return given;
    options.progress(`${ASSETS}=${assets} has no ${name} that can be run; looking further.`);
  }
  const wanted = program(name);
  const cached = join(cachedModule(wanted, options), name);
  if (await isThere(cached, constants.X_OK)) return cached;
  await makeFolder(dirname(cached));
  await goBuild(wanted, cached, options);
  return cached;
}

/** Files in YAML that the module of a program has beside its sources. */
interface Documents {
  readonly program: ProgramName;
  /** The module's path. */
  readonly module: string;
  readonly folders: readonly string[];
  readonly includes: (file: string) => boolean;
  /** All of them in one, in the cache. */
  readonly cached: string;
}

/** The parts of kwok's own default, which its module keeps as files. */
const STAGES: Documents = {
  program: "kwok",
  module: "sigs.k8s.io/kwok",
  folders: ["node/fast", "node/heartbeat-with-lease", "pod/fast"].map((stage) => `kustomize/stage/${stage}`),
  includes: (file) => file.endsWith(".yaml") && file !== "kustomization.yaml",
  cached: "stages.yaml",
};

/** What cert-manager's chart makes its own of, by adding labels; those of ACME are not needed. */
const DEFINITIONS: Documents = {
  program: "cert-manager",
  module: "github.com/cert-manager/cert-manager",
  folders: ["deploy/crds"],
  includes: (file) => /^cert-manager\.io_.*\.yaml$/.test(file),
  cached: "definitions.yaml",
};

async function obtainDocuments(documents: Documents, options: ObtainOptions): Promise<string> {
  const { folders, includes } = documents;
  const { module, ...rest } = program(documents.program);
  const cached = join(cachedModule({ module, ...rest }, options), documents.cached);
  if (await isThere(cached, constants.R_OK)) return cached;
  const sources = await goModuleSources(module, documents.module, options.environment);
  const texts: string[] = [];
  for (const folder of folders) {
    const files = (await readdir(join(sources, folder))).filter(includes);
    for (const file of files.toSorted()) texts.push(await readFile(join(sources, folder, file), "utf8"));
  }
  const unfinished = `${cached}.${randomUUID()}`;
  await makeFolder(dirname(cached));
  await writeFile(unfinished, texts.join("\n---\n"));
  await rename(unfinished, cached);
  return cached;
}

/** A new version, another dependency or another kind of machine has a folder of its own. */
function cachedModule({ module, moduleName }: Program, options: ObtainOptions): string {
  const machine = `${process.platform}-${process.arch}`;
  const name = `${moduleName}-${module.version}-${machine}-${module.hash}`;
  return join(options.cacheFolder, "cluster", name);
}

function surroundings({ progress }: Options): ObtainOptions {
  const { env, platform } = process;
  return { environment: env, cacheFolder: cacheFolder(env, platform, homedir()), progress };
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new ControlPlaneError(
      `The folder ${folder} cannot be made (${String(cause)}): make the cache writable, or set XDG_CACHE_HOME to another.`,
      { cause },
    );
  });
}

async function isThere(file: string, mode: number): Promise<boolean> {
  return access(file, mode).then(
    () => true,
    () => false,
  );
}
