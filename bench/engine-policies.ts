import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseTarGzip } from "nanotar";
import { mustRun } from "./processes.ts";

/** Rules as policies have them; each looks at a Pod in another way, and most find nothing in most Pods. */
const RULES = [
  'some c in input.spec.containers\n\tc.securityContext.privileged\n\tmsg := sprintf("%v is privileged", [c.name])',
  'some c in input.spec.containers\n\tnot c.resources.limits.memory\n\tmsg := sprintf("%v has no limit", [c.name])',
  'some c in input.spec.containers\n\tnot startswith(c.image, "registry.example.com/")\n\tmsg := sprintf("%v", [c.image])',
  'not input.metadata.labels.team\n\tmsg := "who owns it?"',
  'some c in input.spec.containers\n\tendswith(c.image, ":latest")\n\tmsg := sprintf("%v moves", [c.image])',
];

/** A compiled set of policies. */
export interface EnginePolicies {
  readonly entrypoints: readonly string[];
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** The Rego, for OPA's server. */
  readonly folder: string;
}

/** Writes so many policies into a folder and lets OPA compile them into one module. */
export async function enginePolicies(opa: string, scratch: string, count: number): Promise<EnginePolicies> {
  const folder = path.join(scratch, `policies-${count}`);
  await mkdir(folder);
  const names = Array.from({ length: count }, (_, index) => `p${index}`);
  await Promise.all(
    names.map((name, index) =>
      writeFile(
        path.join(folder, `${name}.rego`),
        `package bench.${name}\n\ndeny contains msg if {\n\t${RULES[index % RULES.length] ?? ""}\n}\n`,
      ),
    ),
  );
  const entrypoints = names.map((name) => `bench/${name}/deny`);
  const bundle = path.join(scratch, `bundle-${count}.tar.gz`);
  const flags = [
    "-t",
    "wasm",
    "--wasm-include-print",
    ...entrypoints.flatMap((entrypoint) => ["-e", entrypoint]),
  ];
  await mustRun({ command: opa, args: ["build", ...flags, "-o", bundle, "-b", folder] });
  const files = await parseTarGzip(new Uint8Array(await readFile(bundle)));
  const wasm = files.find(({ name }) => name.replace(/^\//, "") === "policy.wasm")?.data;
  if (wasm === undefined) throw new Error(`${bundle} has no policy.wasm.`);
  return { entrypoints, wasm: new Uint8Array(wasm), folder };
}

function container(name: string): object {
  return {
    name,
    image: `registry.example.com/shop/${name}:1.2.3`,
    resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { cpu: "1", memory: "128Mi" } },
    env: [{ name: "PORT", value: "8080" }],
    securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  };
}

function podWith(variables: number): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "shop", labels: { app: "web", team: "shop" } },
    spec: {
      containers: [
        container("web"),
        {
          ...container("sidecar"),
          env: Array.from({ length: variables }, (_, index) => ({
            name: `VARIABLE_${index}`,
            value: `value ${index}`,
          })),
        },
      ],
    },
  });
}

/** A Pod of about so many bytes as JSON. */
export function podOf(bytes: number): string {
  const each = (podWith(1_000).length - podWith(0).length) / 1_000;
  return podWith(Math.max(0, Math.round((bytes - podWith(0).length) / each)));
}
