/**
 * `node image/main.ts docker` writes the Dockerfile and .dockerignore, with `--check` it fails if they are not current;
 * `node image/main.ts assemble FOLDER` makes what the image adds to its base, in a folder that is not there yet, with the
 * OPA that compiles the policies or, for another machine, with the one that is named.
 */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { assemble } from "./assemble.ts";
import { dockerfile, dockerignore } from "./dockerfile.ts";
import { CONTEXT, IMAGE } from "./image.ts";

const CHECKOUT = path.resolve(import.meta.dirname, "..");
const WRITTEN = new Map([
  ["Dockerfile", dockerfile(IMAGE)],
  [".dockerignore", dockerignore(CONTEXT)],
]);

async function write(isCheck: boolean): Promise<number> {
  let stale = 0;
  for (const [name, text] of WRITTEN) {
    const file = path.join(CHECKOUT, name);
    if ((await readFile(file, "utf8").catch(() => undefined)) === text) continue;
    stale += 1;
    if (isCheck) process.stdout.write(`${name} is not current\n`);
    else await writeFile(file, text);
  }
  if (!isCheck || stale === 0) return 0;
  process.stderr.write("fix: run `make docs` and commit the result\n");
  return 1;
}

const [command, argument, opaOfImage] = process.argv.slice(2);
const compiler = process.env["OPA"];
if (command === "docker" && (argument === undefined || argument === "--check")) {
  process.exitCode = await write(argument === "--check");
} else if (command === "assemble" && argument !== undefined && compiler !== undefined) {
  const opa = opaOfImage ?? compiler;
  const { contents } = IMAGE;
  await assemble({ root: path.resolve(argument), checkout: CHECKOUT, compiler, opa, contents });
} else {
  process.stderr.write(
    "usage: node image/main.ts docker [--check]\n       OPA=<program> node image/main.ts assemble FOLDER [OPA-OF-THE-IMAGE]\n",
  );
  process.exitCode = 2;
}
