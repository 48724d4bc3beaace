import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { GoProgram } from "../go/go.ts";
import { requiredVersion } from "../go/module.ts";

export type ProgramName =
  | "kube-apiserver"
  | "etcd"
  | "kube-controller-manager"
  | "kubectl"
  | "kube-scheduler"
  | "kwok"
  | "cert-manager";

const MODULES = join(import.meta.dirname, "modules");

/** How Go builds it. Throws GoError. */
export function program(name: ProgramName): GoProgram {
  return { ...pinned(name), name, partOf: "The local control plane" };
}

type Pinned = Omit<GoProgram, "name" | "partOf">;

function pinned(name: ProgramName): Pinned {
  if (name === "etcd") return etcd();
  if (name === "kwok") return kwok();
  return name === "cert-manager" ? certManager() : kubernetesProgram(name);
}

function etcd(): Pinned {
  const path = "go.etcd.io/etcd/server/v3";
  return { ...moduleIn("etcd", path), package: path };
}

function kwok(): Pinned {
  const path = "sigs.k8s.io/kwok";
  return { ...moduleIn("kwok", path), package: `${path}/cmd/kwok` };
}

/** Its main package is ours, beside its go.mod. */
function certManager(): Pinned {
  const path = "github.com/cert-manager/cert-manager";
  const pin = moduleIn("cert-manager", path);
  return { ...pin, package: ".", linkerFlags: `-X ${path}/pkg/util.AppVersion=v${pin.version}` };
}

function kubernetesProgram(name: string): Pinned {
  const path = "k8s.io/kubernetes";
  const pin = moduleIn("kubernetes", path);
  return { ...pin, package: `${path}/cmd/${name}`, linkerFlags: versionFlags(pin.version) };
}

/** The module in a folder here, whose version is that of the module path which it pins. */
function moduleIn(folder: string, path: string): { readonly module: string; readonly version: string } {
  const module = join(MODULES, folder);
  return { module, version: requiredVersion(readFileSync(join(module, "go.mod"), "utf8"), path) };
}

/** Without these the API server says that it is v0.0.0, and clients that ask for a minimum refuse it. */
function versionFlags(version: string): string {
  const [major = "", minor = ""] = version.split(".");
  const variable = "-X k8s.io/component-base/version.git";
  return `${variable}Version=v${version} ${variable}Major=${major} ${variable}Minor=${minor}`;
}
