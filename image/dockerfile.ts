import type { Image } from "./image.ts";

const WRITTEN = "# Written by `make docs` from image/image.ts; changes here are lost.\n";

/** The Dockerfile that builds the image: `assemble.ts` runs in the build stage, and the last one takes what that made. */
export function dockerfile({ stages, contents, ...image }: Image): string {
  const folders = new Set(contents.map(({ target }) => `/${target.split("/")[1]}`));
  return `${WRITTEN}
FROM ${stages.opa} AS opa

FROM ${stages.build} AS build
WORKDIR /source
# By themselves, so that a changed source installs nothing anew.
COPY .npmrc package.json package-lock.json ./
RUN npm install --ignore-scripts --loglevel=error
COPY . .
COPY --from=opa /opa /usr/local/bin/opa
RUN OPA=/usr/local/bin/opa node --disable-warning=ExperimentalWarning image/main.ts assemble /image

FROM ${stages.final}
${lines("LABEL", image.labels)}
${lines("ENV", image.environment)}
${[...folders].map((folder) => `COPY --from=build --chown=0:0 /image${folder} ${folder}`).join("\n")}
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

/** Everything is kept from Docker but what the build needs: no key, no certificate, no `.git` can get into a layer. */
export function dockerignore(context: readonly string[]): string {
  const wanted = context.map((path) => `!/${path}`);
  return `${WRITTEN}*\n${wanted.join("\n")}\n**/*.test.ts\n`;
}
