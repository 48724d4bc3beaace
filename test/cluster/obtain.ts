/**
 * Where the programs of the local control plane come from: the folder `KUBEBUILDER_ASSETS`, else the cache, else they
 * are built from Go modules (about five minutes on two cores, once).
 */
import { randomUUID } from "node:crypto";
import { constants, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "../../src/build/progress.ts";
import { GoError } from "../go/error.ts";
import { goModuleSources } from "../go/go.ts";
import { goOptions, moduleFolder, obtainGoProgram, type GoOptions } from "../go/program.ts";
import { isThere } from "../is-there.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import { program, type ProgramName } from "./programs.ts";

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
export async function obtainControlPlane({ progress }: Options): Promise<ControlPlanePrograms> {
  const obtain = (name: ProgramName): Promise<string> => obtainProgram(name, goOptions(progress));
  return {
    apiServer: await obtain("kube-apiserver"),
    etcd: await obtain("etcd"),
    controllerManager: await obtain("kube-controller-manager"),
    kubectl: await obtain("kubectl"),
  };
}

/** Throws ControlPlaneError. */
export async function obtainNodes({ progress }: Options): Promise<NodePrograms> {
  return {
    scheduler: await obtainProgram("kube-scheduler", goOptions(progress)),
    kwok: await obtainProgram("kwok", goOptions(progress)),
    stages: await obtainDocuments(STAGES, goOptions(progress)),
  };
}

/** Throws ControlPlaneError. */
export async function obtainCertManager({ progress }: Options): Promise<CertManagerPrograms> {
  return {
    controllers: await obtainProgram("cert-manager", goOptions(progress)),
    definitions: await obtainDocuments(DEFINITIONS, goOptions(progress)),
  };
}

/** kubectl of the pinned version and no other, for what compares with it. Throws ControlPlaneError. */
export function obtainPinnedKubectl({ progress }: Options): Promise<string> {
  return told(() => obtainGoProgram(program("kubectl"), goOptions(progress)));
}

const ASSETS = "KUBEBUILDER_ASSETS";

/** The path of a program, which is built if need be. Throws ControlPlaneError. */
export async function obtainProgram(name: ProgramName, options: GoOptions): Promise<string> {
  const assets = options.environment[ASSETS];
  if (assets !== undefined && assets !== "") {
    const given = join(assets, name);
    if (await isThere(given, constants.X_OK)) return given;
    options.progress(`${ASSETS}=${assets} has no ${name} that can be run; looking further.`);
  }
  const otherWay = `, or set ${ASSETS} to a folder with the programs`;
  return told(() => obtainGoProgram(program(name), options), otherWay);
}

/** What Go cannot give is told as a sentence with its end. */
async function told(step: () => Promise<string>, otherWay = ""): Promise<string> {
  try {
    return await step();
  } catch (cause) {
    if (!(cause instanceof GoError)) throw cause;
    throw new ControlPlaneError(`${cause.message}${otherWay}.`, { cause });
  }
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

function obtainDocuments(documents: Documents, options: GoOptions): Promise<string> {
  return told(async () => {
    const of = program(documents.program);
    const cached = join(await moduleFolder(of, options), documents.cached);
    if (await isThere(cached, constants.R_OK)) return cached;
    const texts = await textsIn(await goModuleSources(of, documents.module, options.environment), documents);
    const unfinished = `${cached}.${randomUUID()}`;
    await writeFile(unfinished, texts.join("\n---\n"));
    await rename(unfinished, cached);
    return cached;
  });
}

async function textsIn(sources: string, { folders, includes }: Documents): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const folder of folders) {
    const files = (await readdir(join(sources, folder))).filter(includes);
    for (const file of files.toSorted()) texts.push(await readFile(join(sources, folder, file), "utf8"));
  }
  return texts;
}
