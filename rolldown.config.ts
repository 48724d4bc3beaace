/** How `npm run compile` makes `dist` of the sources: few files, because loading hundreds takes longer than judging. */
import { glob, readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { defineConfig, type Plugin } from "rolldown";
import manifest from "./package.json" with { type: "json" };

const FOLDER = "dist";
const LICENSES = "third-party-licenses.txt";

/** What is installed beside the package; any other library goes into its files, with its licence. */
const installed: ReadonlySet<string> = new Set(Object.keys(manifest.dependencies));

/**
 * Loading this library of 1,400 files takes longer than the start of the server without it. Of its files only one does
 * something when it is loaded, so what nobody asks for can be left out.
 */
const CLIENT = "/@kubernetes/client-node/";
const ACTS = "polyfill.js";

const MODULE = /^(?<folder>.*\/node_modules\/(?<name>@[^/]+\/[^/]+|[^/]+))\//;

/** `react` of `react/jsx-runtime`, `@a/b` of `@a/b/c`; files and Node's own modules are no packages. */
function packageOf(specifier: string): string {
  return /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
}

/** The licences of all libraries that went into the files, as each of them demands. */
function licenses(): Plugin {
  return {
    name: "licenses",
    async generateBundle(_options, output) {
      const modules = Object.values(output).flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
      const folders = new Map<string, string>();
      for (const id of modules) {
        const { name, folder } = MODULE.exec(id)?.groups ?? {};
        if (name !== undefined && folder !== undefined) folders.set(name, folder);
      }
      const names = [...folders.keys()].toSorted();
      const texts = await Promise.all(names.map((name) => licenseOf(name, folders.get(name) ?? "")));
      this.emitFile({ type: "asset", fileName: LICENSES, source: texts.join(`\n${"-".repeat(80)}\n\n`) });
    },
  };
}

async function licenseOf(name: string, folder: string): Promise<string> {
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|notice)/i.test(file));
  if (files.length === 0) throw new Error(`${name} has no licence that could be handed on.`);
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), "utf8")));
  return `${name}\n\n${texts.join("\n")}`;
}

/** Takes away what an earlier version left, which would be packed with the rest; a bundle of policies may lie there too. */
function removeOldFiles(): Plugin {
  return {
    name: "remove-old-files",
    async renderStart() {
      for await (const file of glob(`${FOLDER}/**/*.js{,.map}`)) await rm(file);
    },
  };
}

export default defineConfig({
  input: { main: "src/main.ts", "review-worker": "src/workers/review-worker.ts" },
  platform: "node",
  external: (specifier) => installed.has(packageOf(specifier)),
  treeshake: { moduleSideEffects: (id) => !id.includes(CLIENT) || id.endsWith(ACTS) },
  plugins: [removeOldFiles(), licenses()],
  output: {
    dir: FOLDER,
    // As deep as the sources, which find package.json by its place, and side by side, so that a thread's entry is found.
    entryFileNames: ({ name }) => (name === "main" ? "main.js" : "code/[name].js"),
    chunkFileNames: "code/[name].js",
    minify: false,
  },
});
