/** The one OPA that policies are compiled with; the engine and its tests know this version's ABI and builtins. */
export const OPA_VERSION = "1.22.0";

/** The `go` line of that version's go.mod: an older Go cannot build it. */
export const GO_MINIMUM = "1.26";

export const OPA_MODULE = `github.com/open-policy-agent/opa@v${OPA_VERSION}`;

/** Where the project publishes its releases; a mirror has the same layout below it. */
export const OPA_DOWNLOADS = "https://github.com/open-policy-agent/opa/releases/download";

/** The machine that OPA is to run on, in Node's words. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
}

/** File name of the program on this platform. */
export function opaFileName(platform: NodeJS.Platform): string {
  return platform === "win32" ? "opa.exe" : "opa";
}

// One name for each file that the release of 1.22.0 publishes (its Makefile); static where there is one, so that it runs without glibc.
const ASSETS: Readonly<Record<string, string>> = {
  "linux-x64": "opa_linux_amd64_static",
  "linux-arm64": "opa_linux_arm64_static",
  "darwin-x64": "opa_darwin_amd64",
  "darwin-arm64": "opa_darwin_arm64_static",
  "win32-x64": "opa_windows_amd64.exe",
};

/** The published file for a machine, or undefined if there is none. */
export function releaseAsset(machine: Machine): string | undefined {
  return ASSETS[`${machine.platform}-${machine.arch}`];
}
