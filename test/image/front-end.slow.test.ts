// oxlint-disable jest/no-standalone-expect -- the rule does not see that `buildkit` is `describe` or `describe.skip`
/** The Dockerfile and the .dockerignore as `docker build` reads them: by BuildKit's own code. Slow only where that is built. */
import { afterAll, describe, expect, test } from "@jest/globals";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { dockerfile } from "../../image/dockerfile.ts";
import { CONTEXT, IMAGE } from "../../image/image.ts";
import { availableOrReason } from "../cluster/for-tests.ts";
import { goOptions, obtainGoProgram } from "../go/program.ts";
import { tell } from "../life/life.ts";
import { isSent } from "./assembled.ts";
import { BASE_CONFIGURATIONS, expectedConfiguration } from "./base-configurations.ts";
import { filesOf, ownFolder, removeOwnFolders } from "./folders.ts";
import { contextFiles, convert, FRONT_END } from "./front-end.ts";
import { OTHER_PLATFORM } from "./oci.ts";

const obtained = await availableOrReason(
  "the Dockerfile as BuildKit reads it",
  obtainGoProgram(FRONT_END, goOptions(tell)),
);
const buildkit = obtained.kind === "available" ? describe : describe.skip;
const program = obtained.kind === "available" ? obtained.value : "";

afterAll(removeOwnFolders);

buildkit("BuildKit", () => {
  test("has nothing to say against the Dockerfile, by any rule", async () => {
    expect((await convert(program, await readFile("Dockerfile", "utf8"))).warnings).toEqual([]);
  });

  test("makes the configuration of it that image.ts says", async () => {
    const { image } = await convert(program, await readFile("Dockerfile", "utf8"));
    expect(image.config).toEqual(expectedConfiguration());
  });

  test("makes the same of it for another architecture", async () => {
    const text = await readFile("Dockerfile", "utf8");
    const { warnings, image } = await convert(program, text, { platform: OTHER_PLATFORM });
    expect([warnings, image.architecture]).toEqual([[], OTHER_PLATFORM.architecture]);
    expect(image.config).toEqual(expectedConfiguration());
  });

  test("leaves all of it as it is where docs/install.md puts another bundle into the image", async () => {
    const page = await readFile("docs/install.md", "utf8");
    const text = /^```dockerfile\n([^`]+)```$/m.exec(page)?.[1] ?? "";
    const [, name = ""] = /^FROM (\S+)$/m.exec(text) ?? [];
    const ours = expectedConfiguration();
    const { warnings, image } = await convert(program, text, { bases: { [name]: ours } });
    expect([warnings, image.config]).toEqual([[], ours]);
    const bundle = IMAGE.contents.find(({ source }) => source === "policies");
    expect(text).toContain(` ${bundle?.target}\n`);
  });

  test("takes a label for what it is, whatever it holds", async () => {
    const labels = { title: "a \"b\" \\ $HOME ${HOME:-x} `c` 'd' # e", empty: "" };
    const { image } = await convert(program, dockerfile({ ...IMAGE, labels }));
    expect(image.config.Labels).toEqual(labels);
  });

  test.each([
    ["a name in capitals", "AS build", "AS Build", "StageNameCasing: "],
    ["a variable that is not there", "/usr/local/bin/opa\n", "/usr/local/$BIN/opa\n", "UndefinedVar: "],
    ["a command of the shell's", 'CMD ["--help"]', "CMD portcullis --help", "JSONArgsRecommended: "],
    ["a secret in the environment", 'NODE_ENV="production"', 'TOKEN="x"', "SecretsUsedInArgOrEnv: "],
  ])("would warn of %s", async (_, ours, other, warning) => {
    const changed = (await readFile("Dockerfile", "utf8")).replace(ours, other);
    const { warnings } = await convert(program, changed);
    expect(warnings).toContainEqual(expect.stringContaining(warning));
  });

  test("would refuse a stage that is not there", async () => {
    const changed = (await readFile("Dockerfile", "utf8")).replace("--from=build", "--from=built");
    await expect(convert(program, changed)).rejects.toThrow("no base docker.io/library/built:latest");
  });

  test("asks for no base but those that image.ts names", () => {
    expect(Object.keys(BASE_CONFIGURATIONS).toSorted()).toEqual(Object.values(IMAGE.stages).toSorted());
  });
});

/** The files of the checkout that the build needs, found without BuildKit. */
async function neededFiles(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of CONTEXT) {
    const inside = await filesOf(name).catch(() => undefined);
    found.push(...(inside?.map((file) => path.join(name, file)) ?? [name]));
  }
  return found.filter(isSent).toSorted();
}

buildkit("what a client of BuildKit sends", () => {
  test("of this checkout is what the build needs, to the file, and no test", async () => {
    const sent = await contextFiles(program, ".");
    expect(sent.toSorted()).toEqual(await neededFiles());
    expect(sent).toContain("src/main.ts");
    expect(sent.filter((file) => file.endsWith(".test.ts"))).toEqual([]);
  });

  test("leaves every file behind that is not named, wherever somebody has put a secret", async () => {
    const folder = await ownFolder();
    await cp(".dockerignore", path.join(folder, ".dockerignore"));
    const unnamed = [".env", ".git/config", "certs/dev/tls.key", "dist/main.js", "x/src/main.ts"];
    const hidden = ["src/.env", "src/.npmrc", "src/a/.idea/x.xml", "policies/.git/config"];
    const tests = ["src/a.test.ts", "policies/a.test.ts/b.rego"];
    const sent = [".npmrc", "src/main.ts", "src/deep/er/a.ts", "policies/a/b.rego"];
    for (const file of [...unnamed, ...hidden, ...tests, ...sent]) {
      await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
      await writeFile(path.join(folder, file), "");
    }
    expect((await contextFiles(program, folder)).toSorted()).toEqual(sent.toSorted());
    // Whoever does without BuildKit takes the same.
    expect([...hidden, ...tests, ...sent].filter(isSent)).toEqual(sent);
  });
});
