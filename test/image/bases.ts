/** The images that the Dockerfile begins with, made of what this machine has, since no registry is asked. */
import { execFile } from "node:child_process";
import { chmod, copyFile, cp, mkdir, readFile, realpath, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { IMAGE } from "../../image/image.ts";
import { onPath } from "../../src/build/opa/locate.ts";
import { opaForImages } from "./assembled.ts";
import { BASE_CONFIGURATIONS } from "./base-configurations.ts";
import { layBase } from "./base.ts";
import { writeLayout } from "./oci-layout.ts";
import { OTHER_PLATFORM, PLATFORM, type Platform } from "./oci.ts";
import { layCLibrary, layLibraries, layProgram } from "./programs.ts";

const execute = promisify(execFile);

/** An image on which a Dockerfile's stage begins, instead of the one that a registry has. */
export interface Base {
  /** The name that the Dockerfile has for it. */
  readonly name: string;
  readonly platform: Platform;
  /** The folder of its layout. */
  readonly layout: string;
  readonly digest: string;
}

/** Lays a base's files and gives what is peculiar to its environment. */
type Lay = (root: string) => Promise<readonly string[]>;

/** Makes the bases of a build for this machine, with layouts in `folder`. */
export async function makeBases(folder: string): Promise<readonly Base[]> {
  return [
    await makeBase(folder, IMAGE.stages.opa, PLATFORM, layOpa(opaForImages())),
    await makeBase(folder, IMAGE.stages.build, PLATFORM, layBuildBase),
    await makeBase(folder, IMAGE.stages.final, PLATFORM, async (root) => {
      await layBase(root, [opaForImages()]);
      return [];
    }),
  ];
}

/** Makes the bases that a build for another machine takes besides; nothing of them can run here. */
export async function makeOtherBases(folder: string, opa: string): Promise<readonly Base[]> {
  return [
    await makeBase(folder, IMAGE.stages.opa, OTHER_PLATFORM, layOpa(opa)),
    await makeBase(folder, IMAGE.stages.final, OTHER_PLATFORM, async () => []),
  ];
}

async function makeBase(folder: string, name: string, platform: Platform, lay: Lay): Promise<Base> {
  const place = `${name.replaceAll(/\W/g, "-")}-${platform.architecture}`;
  const root = path.join(folder, `root-${place}`);
  const layout = path.join(folder, `layout-${place}`);
  await mkdir(path.join(root, "tmp"), { recursive: true });
  await chmod(path.join(root, "tmp"), 0o1777);
  const peculiar = await lay(root);
  const known = BASE_CONFIGURATIONS[name] ?? {};
  const config = { ...known, Env: [...(known.Env ?? []), ...peculiar] };
  return { name, platform, layout, digest: await writeLayout(layout, { root, config, platform }) };
}

function layOpa(opa: string): Lay {
  return async (root) => {
    await copyFile(opa, path.join(root, "opa"));
    return [];
  };
}

/** What a build stage runs besides Node.js, all of which Debian has. */
const TOOLS: readonly string[] = ["sh", "env", "tar", "gzip"];

/** A system with Node.js, npm and a shell, on which packages are fetched from where they are fetched here. */
async function layBuildBase(root: string): Promise<readonly string[]> {
  for (const tool of TOOLS) await layProgram(root, await programOf(tool), `usr/bin/${tool}`);
  await symlink("usr/bin", path.join(root, "bin"));
  await layProgram(root, process.execPath, "usr/local/bin/node");
  await layLibraries(root, opaForImages());
  // What npm installs has native parts of its own.
  await layCLibrary(root);
  await mkdir(path.join(root, "etc"));
  await writeFile(path.join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  // Its program is npm/bin/npm-cli.js.
  const npm = path.resolve(await programOf("npm"), "../..");
  await cp(npm, path.join(root, "usr/local/lib/node_modules/npm"), { recursive: true });
  await symlink("../lib/node_modules/npm/bin/npm-cli.js", path.join(root, "usr/local/bin/npm"));
  return [`npm_config_registry=${await npmSetting("registry")}`, ...(await layAuthorities(root))];
}

async function programOf(name: string): Promise<string> {
  const [found] = await onPath(name, process.env);
  if (found === undefined) throw new Error(`There is no ${name} on the PATH.`);
  return realpath(found);
}

/** The authorities that Node.js or npm trust here besides those that they know: a proxy of packages may have its own. */
async function layAuthorities(root: string): Promise<readonly string[]> {
  const file = process.env["NODE_EXTRA_CA_CERTS"] ?? (await npmSetting("cafile"));
  if (file === "") return [];
  await writeFile(path.join(root, "etc/authorities.pem"), await readFile(file));
  return ["NODE_EXTRA_CA_CERTS=/etc/authorities.pem"];
}

async function npmSetting(name: string): Promise<string> {
  const { stdout } = await execute("npm", ["config", "get", name]);
  return ["null", "undefined"].includes(stdout.trim()) ? "" : stdout.trim();
}
