// oxlint-disable jest/no-standalone-expect -- the rule does not see that `built` is `describe` or `describe.skip`
/** `docker build` by its own parts: BuildKit builds the image of the Dockerfile, on bases that are made here. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { copyFile, lstat, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { IMAGE } from "../../image/image.ts";
import { availableOrReason, missing, type Available } from "../cluster/for-tests.ts";
import { goOptions } from "../go/program.ts";
import { tell } from "../life/life.ts";
import { assembleImage, dockerContext } from "./assembled.ts";
import { expectedConfiguration } from "./base-configurations.ts";
import { makeBases, makeOtherBases, type Base } from "./bases.ts";
import { againstContainers, obtainBuildKit, startBuildKit, type BuildKitPrograms } from "./buildkit.ts";
import { differences, entries, ownFolder, removeOwnFolders, writable } from "./folders.ts";
import { OTHER_PLATFORM, PLATFORM, startedAs, type Platform } from "./oci.ts";
import { readLayout, unpack, type Layer, type ReadImage } from "./oci-layout.ts";
import { sandbox } from "./sandbox.ts";
import { layCertificates, verdictOnHostNetwork, whileServing } from "./serving.ts";

const MINUTES = 60_000;
const OPA = "portcullis/bin/opa";

const programs = await availablePrograms("building the image with BuildKit");
const built = programs.kind === "available" ? describe : describe.skip;

async function availablePrograms(tests: string): Promise<Available<BuildKitPrograms>> {
  const against = againstContainers();
  return against === undefined
    ? availableOrReason(tests, obtainBuildKit(goOptions(tell)))
    : missing(tests, against);
}

/** A folder with the files of these layers. */
async function unpacked(layers: readonly Layer[]): Promise<string> {
  const folder = path.join(await ownFolder(), "layers");
  await mkdir(folder);
  for (const layer of layers) await unpack(layer, folder);
  return folder;
}

/** Stands for a program that cannot run here. */
const OTHER_OPA = "OPA for another machine";

built("the image that BuildKit builds", () => {
  /** A copy, since a checkout may change while it is built. */
  let checkout: string;
  let bases: readonly Base[];
  let image: ReadImage;
  /** What its layers hold above the base. */
  let added: string;
  let other: ReadImage;

  beforeAll(async () => {
    if (programs.kind === "missing") return;
    const folder = await ownFolder();
    checkout = await dockerContext();
    for (const name of ["Dockerfile", ".dockerignore"]) await copyFile(name, path.join(checkout, name));
    bases = await makeBases(folder);
    await writeFile(path.join(folder, "opa"), OTHER_OPA);
    const otherBases = await makeOtherBases(folder, path.join(folder, "opa"));
    const buildkit = await startBuildKit(programs.value, path.join(folder, "buildkit"));
    const build = async (platform: Platform): Promise<ReadImage> => {
      const layout = path.join(folder, `image-${platform.architecture}`);
      await buildkit.build({ checkout, bases: [...bases, ...otherBases], platform, image: layout });
      return readLayout(layout);
    };
    try {
      image = await build(PLATFORM);
      other = await build(OTHER_PLATFORM);
    } finally {
      await buildkit.stop();
    }
    added = await unpacked(image.layers.slice(1));
  }, 15 * MINUTES);

  afterAll(removeOwnFolders);

  test("is configured as image.ts says", () => {
    expect(image.image.config).toEqual(expectedConfiguration());
  });

  test("begins with its base, and adds nothing of a build stage", async () => {
    const final = bases.find(({ name }) => name === IMAGE.stages.final);
    const base = await readLayout(final?.layout ?? "");
    expect(image.layers[0]?.diffId).toBe(base.layers[0]?.diffId);
    expect(await readdir(added)).toEqual(["portcullis"]);
  });

  test(
    "holds what is assembled without Docker, to the last bit",
    async () => {
      expect(await differences(added, await assembleImage(checkout))).toEqual([]);
    },
    5 * MINUTES,
  );

  test("can be written by nobody and belongs to root", async () => {
    expect(await writable(added, IMAGE.user)).toEqual([]);
    const owners = new Set<string>();
    for (const entry of await entries(added)) {
      const { uid, gid } = await lstat(path.join(added, entry));
      owners.add(`${uid}:${gid}`);
    }
    expect([...owners]).toEqual(["0:0"]);
  });

  test("starts as it is configured, in a root that cannot be written, and denies a Pod", async () => {
    const root = await unpacked(image.layers);
    await layCertificates(root);
    const started = sandbox("root", root, startedAs(image.image.config));
    const exitCode = await whileServing(started, root, async (served) => {
      expect(await verdictOnHostNetwork(served)).toEqual([
        false,
        expect.stringContaining("pod-security/host-namespaces"),
      ]);
    });
    expect(exitCode).toBe(0);
  });

  test("is the same for another machine, but for OPA, and nothing of that machine runs to build it", async () => {
    expect(other.image.architecture).toBe(OTHER_PLATFORM.architecture);
    expect(other.image.config).toEqual(image.image.config);
    const theirs = await unpacked(other.layers.slice(1));
    expect(await readFile(path.join(theirs, OPA), "utf8")).toBe(OTHER_OPA);
    expect(await differences(added, theirs)).toEqual([OPA]);
  });

  test("is as large as this says", () => {
    const own = image.layers.slice(1).map(({ bytes }) => bytes);
    tell(
      `What the image adds to its base is ${own.map((bytes) => (bytes / 1e6).toFixed(1)).join(" + ")} MB to pull.`,
    );
    expect(Math.max(...own)).toBeLessThan(70e6);
  });
});
