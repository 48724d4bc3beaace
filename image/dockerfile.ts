import type { Image } from "./image.ts";

const WRITTEN = "# Written by `make docs` from image/image.ts; changes here are lost.\n";

/**
 * The Dockerfile that builds the image: `assemble.ts` runs in the build stage, and the last one takes what that made. The
 * build stage is the building machine's, whatever machine the image is for: of all that it makes only OPA is a program.
 */
export function dockerfile({ stages, ...image }: Image): string {
  return `${WRITTEN}
FROM --platform=$BUILDPLATFORM ${stages.opa} AS compiler

FROM ${stages.opa} AS opa

FROM --platform=$BUILDPLATFORM ${stages.build} AS build
WORKDIR /source
# By themselves, so that a changed source installs nothing anew.
COPY .npmrc package.json package-lock.json ./
RUN npm install --ignore-scripts --loglevel=error
COPY . .
COPY --from=compiler /opa /usr/local/bin/opa
COPY --from=opa /opa /opa
RUN OPA=/usr/local/bin/opa node --disable-warning=ExperimentalWarning image/main.ts assemble /image /opa

FROM ${stages.final}
${lines("LABEL", image.labels)}
${lines("ENV", image.environment)}
# What lies in /image, since the folder that is copied would lose its mode and its time.
COPY --from=build --chown=0:0 /image /
WORKDIR ${image.workingDirectory}
USER ${image.user}:${image.user}
EXPOSE ${image.ports.join(" ")}
ENTRYPOINT ${JSON.stringify(image.entrypoint)}
CMD ${JSON.stringify(image.command)}
`;
}

/** One instruction for all, in the order in which they are written. */
function lines(instruction: "ENV" | "LABEL", values: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(values).map(([name, value]) => `${name}=${quoted(value)}`);
  return `${instruction} ${pairs.join(" \\\n  ")}`;
}

/** As the Dockerfile's parser reads it inside double quotes, where `$` begins a variable. */
function quoted(value: string): string {
  return `"${value.replaceAll(/["\\$]/g, "\\$&")}"`;
}

/**
 * Everything is kept from Docker but what the build needs: no key, no certificate, no `.git` can get into a layer, nor
 * what hides in a folder that is needed, such as `.env`.
 */
export function dockerignore(context: readonly string[]): string {
  const hidden = context.filter((path) => path.startsWith("."));
  const others = context.filter((path) => !hidden.includes(path));
  return `${WRITTEN}*\n${wanted(others)}**/*.test.ts\n**/.*\n${wanted(hidden)}`;
}

function wanted(paths: readonly string[]): string {
  return paths.map((path) => `!/${path}\n`).join("");
}
