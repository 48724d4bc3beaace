import { IMAGE } from "../../image/image.ts";
import type { RunConfig } from "./oci.ts";

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** How the bases are configured, by the name that a Dockerfile has for each. */
export const BASE_CONFIGURATIONS: Readonly<Record<string, Partial<RunConfig>>> = {
  [IMAGE.stages.opa]: { Env: [PATH], User: "1000:1000", Entrypoint: ["/opa"], Cmd: ["run"] },
  [IMAGE.stages.build]: { Env: [PATH], Entrypoint: ["docker-entrypoint.sh"], Cmd: ["node"] },
  [IMAGE.stages.final]: {
    Env: [PATH, "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],
    User: "65532",
    WorkingDir: "/home/nonroot",
    Entrypoint: ["/nodejs/bin/node"],
  },
};

/** The configuration that the built image must have: what image.ts says, and what the last base leaves to it. */
export function expectedConfiguration(): RunConfig {
  const inherited = BASE_CONFIGURATIONS[IMAGE.stages.final]?.Env ?? [];
  const own = Object.entries(IMAGE.environment).map(([name, value]) => `${name}=${value}`);
  return {
    User: `${IMAGE.user}:${IMAGE.user}`,
    ExposedPorts: Object.fromEntries(IMAGE.ports.map((port) => [`${port}/tcp`, {}])),
    Env: [...inherited, ...own],
    Entrypoint: [...IMAGE.entrypoint],
    Cmd: [...IMAGE.command],
    WorkingDir: IMAGE.workingDirectory,
    Labels: { ...IMAGE.labels },
  };
}
