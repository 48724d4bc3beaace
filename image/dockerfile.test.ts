import { describe, expect, test } from "@jest/globals";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { OPA_VERSION } from "../src/build/opa/release.ts";
import { readEnvironment } from "../src/cli/surroundings.ts";
import { dockerfile, dockerignore } from "./dockerfile.ts";
import { CONTEXT, IMAGE } from "./image.ts";

const text = dockerfile(IMAGE);
const stages = [...text.matchAll(/^FROM (--platform=\S+ )?(?<image>\S+)/gm)].map(
  ({ groups }) => groups?.["image"] ?? "",
);
const final = text.slice(text.lastIndexOf("FROM"));

describe("the Dockerfile", () => {
  test("takes every base by a tag that says which it is", () => {
    expect(stages).toHaveLength(4);
    expect(stages.filter((image) => !/:[\w.-]+$/.test(image) || image.endsWith(":latest"))).toEqual([]);
    expect(stages).toContain(`openpolicyagent/opa:${OPA_VERSION}-static`);
  });

  test("runs everything on the building machine, and takes OPA and the base for the other", () => {
    const native = [...text.matchAll(/^FROM --platform=\$BUILDPLATFORM .* AS (\w+)$/gm)].map(
      ([, name]) => name,
    );
    expect(native).toEqual(["compiler", "build"]);
    const running = text.split(/^FROM /m).filter((stage) => /^RUN /m.test(stage));
    expect(running).toEqual([expect.stringMatching(/^--platform=\$BUILDPLATFORM /)]);
  });

  test("runs nothing in its last stage, which has no shell, and takes only what was assembled", () => {
    expect(final).not.toMatch(/^(RUN|ADD)/m);
    expect(final.match(/^COPY.*$/gm)).toEqual(["COPY --from=build --chown=0:0 /image /"]);
  });

  test("starts the program as a user that is not root, and prints its help without arguments", () => {
    expect(final).toMatch(/^USER 65532:65532$/m);
    expect(final).toMatch(
      /^ENTRYPOINT \["\/nodejs\/bin\/node","\/portcullis\/dist\/main\.js"\]\nCMD \["--help"\]$/m,
    );
  });

  test("exposes the ports on which the server listens by default", () => {
    const { port, metricsPort } = readEnvironment({ env: {}, platform: "linux", arch: "x64" });
    expect(IMAGE.ports).toEqual([port, metricsPort]);
  });

  test("is what the Deployment runs: its user, and where it looks for the bundle", async () => {
    const deployment = await readFile("manifests/base/deployment.yaml", "utf8");
    const bundle = IMAGE.contents.find(({ source }) => source === "policies");
    expect(deployment).toContain(`- --policies=${bundle?.target}\n`);
    expect(deployment).toContain(`runAsUser: ${IMAGE.user}\n`);
  });

  test("names no base in a label, which would stay where another takes its place", () => {
    expect(Object.values(IMAGE.labels).filter((label) => stages.includes(label))).toEqual([]);
  });

  test("keeps a value with a quote, a backslash or a dollar as it is", () => {
    const label = dockerfile({ ...IMAGE, labels: { title: 'a "b" \\ $HOME' } });
    expect(label).toContain('LABEL title="a \\"b\\" \\\\ \\$HOME"\n');
  });
});

describe("what Docker is sent", () => {
  const lines = dockerignore(CONTEXT).split("\n");

  test("is nothing that is not named, no test, and nothing that hides but what is named", () => {
    expect(lines.findIndex((line) => line === "*")).toBeLessThan(
      lines.findIndex((line) => line.startsWith("!")),
    );
    const named = lines.filter((line) => line.startsWith("!"));
    expect(named.toSorted()).toEqual(CONTEXT.map((path) => `!/${path}`).toSorted());
    expect(lines.slice(-4)).toEqual(["**/*.test.ts", "**/.*", "!/.npmrc", ""]);
  });

  test("is there, and holds no folder of keys", () => {
    expect(CONTEXT.filter((path) => !existsSync(path))).toEqual([]);
    expect(CONTEXT).not.toContain("certs");
  });
});
