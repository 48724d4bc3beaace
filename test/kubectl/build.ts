/**
 * Builds kubectl from its Go modules: the oracle for how manifests are read. `node test/kubectl/build.ts` prints its
 * path. The first build takes about two minutes and downloads about 100 MB of modules; after that it is in the cache.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { cacheFolder } from "../../src/build/cache-folder.ts";

export type Kubectl =
  | { readonly kind: "built"; readonly path: string }
  | { readonly kind: "missing"; readonly reason: string };

const MODULE = import.meta.dirname;
const GO = "go";

/** kubectl of the version that go.mod names, from the cache or built now. */
export function buildKubectl(): Kubectl {
  const version = kubernetesVersion();
  const folder = join(cacheFolder(process.env, process.platform, homedir()), "kubectl", version);
  const path = join(folder, "kubectl");
  if (existsSync(path)) return { kind: "built", path };
  if (spawnSync(GO, ["version"]).status !== 0) return { kind: "missing", reason: "Go is not installed" };
  process.stderr.write(`building kubectl ${version}, once, about two minutes ...\n`);
  mkdirSync(folder, { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  const linker = `-s -w -X k8s.io/component-base/version.gitVersion=v${version}`;
  const built = spawnSync(GO, ["build", "-trimpath", "-ldflags", linker, "-o", unfinished, "."], {
    cwd: MODULE,
    env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly" },
    encoding: "utf8",
  });
  if (built.status !== 0) return { kind: "missing", reason: `go build failed: ${built.stderr.trim()}` };
  // Another run may have built it meanwhile; both are the same.
  renameSync(unfinished, path);
  return { kind: "built", path };
}

/** Module v0.36.3 belongs to Kubernetes 1.36.3. */
function kubernetesVersion(): string {
  const [, version = ""] =
    /k8s\.io\/kubectl v0\.(\S+)/.exec(readFileSync(join(MODULE, "go.mod"), "utf8")) ?? [];
  return `1.${version}`;
}

if (import.meta.main) {
  const kubectl = buildKubectl();
  if (kubectl.kind === "built") process.stdout.write(`${kubectl.path}\n`);
  else {
    process.stderr.write(`${kubectl.reason}\n`);
    process.exitCode = 1;
  }
}
