import { join } from "node:path";
import { readGoModule, type GoModule } from "./go-module.ts";

export type ProgramName =
  | "kube-apiserver"
  | "etcd"
  | "kube-controller-manager"
  | "kubectl"
  | "kube-scheduler"
  | "kwok"
  | "cert-manager";

/** A program and how Go builds it. */
export interface Program {
  readonly name: ProgramName;
  readonly module: GoModule;
  /** The part of the cache's folder name before the version. */
  readonly moduleName: string;
  /** The import path of its main package. */
  readonly package: string;
  /** What the linker is told: no debug information, and the version that the program says. */
  readonly linkerFlags: string;
}

const MODULES = join(import.meta.dirname, "modules");
const STRIPPED = "-s -w";

export function program(name: ProgramName): Program {
  if (name === "etcd") return etcd();
  if (name === "kwok") return kwok();
  return name === "cert-manager" ? certManager() : kubernetesProgram(name);
}

function etcd(): Program {
  const path = "go.etcd.io/etcd/server/v3";
  const module = readGoModule(join(MODULES, "etcd"), path);
  return { name: "etcd", module, moduleName: "etcd", package: path, linkerFlags: STRIPPED };
}

function kwok(): Program {
  const path = "sigs.k8s.io/kwok";
  const module = readGoModule(join(MODULES, "kwok"), path);
  return { name: "kwok", module, moduleName: "kwok", package: `${path}/cmd/kwok`, linkerFlags: STRIPPED };
}

/** Its main package is ours, beside its go.mod. */
function certManager(): Program {
  const path = "github.com/cert-manager/cert-manager";
  const module = readGoModule(join(MODULES, "cert-manager"), path);
  const version = `-X ${path}/pkg/util.AppVersion=v${module.version}`;
  return {
    name: "cert-manager",
    module,
    moduleName: "cert-manager",
    package: ".",
    linkerFlags: `${STRIPPED} ${version}`,
  };
}

function kubernetesProgram(name: Exclude<ProgramName, "etcd" | "kwok" | "cert-manager">): Program {
  const path = "k8s.io/kubernetes";
  const module = readGoModule(join(MODULES, "kubernetes"), path);
  return {
    name,
    module,
    moduleName: "kubernetes",
    package: `${path}/cmd/${name}`,
    linkerFlags: `${STRIPPED} ${versionFlags(module.version)}`,
  };
}

/** Without these the API server says that it is v0.0.0, and clients that ask for a minimum refuse it. */
function versionFlags(version: string): string {
  const [major = "", minor = ""] = version.split(".");
  const variable = "-X k8s.io/component-base/version.git";
  return `${variable}Version=v${version} ${variable}Major=${major} ${variable}Minor=${minor}`;
}
