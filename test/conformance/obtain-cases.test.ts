import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import path from "node:path";
import { createTarGzip } from "nanotar";
import { temporaryFolder } from "../policy-folder.ts";
import { digest, obtainCases, type ObtainCasesOptions } from "./obtain-cases.ts";

const CASES = "v1/test/cases/testdata";
const FILES = { "v0/count/a.yaml": "cases: []\n", "v1/count/a.yaml": "cases: [] # v1\n" };
const DIGEST = digest(
  new Map(Object.entries(FILES).map(([name, text]) => [name, new TextEncoder().encode(text)])),
);

let server: Server;
let url: string;
let answered: number;

beforeEach(async () => {
  const files = [
    ...Object.entries(FILES).map(([name, text]) => ({ name: `opa-1.22.0/${CASES}/${name}`, data: text })),
    { name: "opa-1.22.0/README.md", data: "OPA" },
    { name: `opa-1.22.0/${CASES}/testdata.go`, data: "package testdata" },
  ];
  const archive = await createTarGzip(files.toReversed());
  answered = 0;
  server = createServer((_, response) => {
    answered += 1;
    response.end(archive);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  url = `http://127.0.0.1:${address.port}/opa.tar.gz`;
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

async function options(changes: Partial<ObtainCasesOptions> = {}): Promise<ObtainCasesOptions> {
  return {
    environment: { PATH: "" },
    cacheFolder: await temporaryFolder(),
    archive: { url, digest: DIGEST },
    progress: () => undefined,
    ...changes,
  };
}

/** A folder with a program `go` that runs these lines. */
async function fakeGo(script: string): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(path.join(folder, "go"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return folder;
}

test("the cases are where Go keeps the module", async () => {
  const go = await fakeGo(
    `[ "$*" = "mod download -json github.com/open-policy-agent/opa@v1.22.0" ] && echo '{"Dir": "/modules/opa"}'`,
  );
  const obtained = await obtainCases(await options({ environment: { PATH: go } }));
  expect(obtained).toEqual({ folder: path.join("/modules/opa", CASES) });
  expect(answered).toBe(0);
});

test("without Go the archive is downloaded once, and only the cases of it are kept", async () => {
  const given = await options();
  const obtained = await obtainCases(given);
  const folder = path.join(given.cacheFolder, "conformance", "opa-1.22.0");
  expect(obtained).toEqual({ folder });
  expect(await readFile(path.join(folder, "v1/count/a.yaml"), "utf8")).toBe(FILES["v1/count/a.yaml"]);
  expect((await readdir(folder)).toSorted()).toEqual(["v0", "v1"]);
  expect(await obtainCases(given)).toEqual({ folder });
  expect(answered).toBe(1);
});

test("an archive with other cases is refused, and nothing of it stays", async () => {
  const given = await options({ archive: { url, digest: "0".repeat(64) } });
  expect(await obtainCases(given)).toEqual({
    failure: `Go is not on the PATH; the cases in ${url} are ${DIGEST}, not ${"0".repeat(64)}`,
  });
  expect(await readdir(given.cacheFolder)).toEqual([]);
});

test("where nothing works every way is named", async () => {
  const go = await fakeGo("echo 'dial tcp: no route' >&2; exit 1");
  const given = await options({
    environment: { PATH: go },
    archive: { url: "http://127.0.0.1:1/opa.tar.gz", digest: DIGEST },
  });
  expect(await obtainCases(given)).toEqual({
    failure: expect.stringMatching(
      /`go mod download .*` failed: dial tcp: no route; http:\/\/127\.0\.0\.1:1\/opa\.tar\.gz could not be downloaded/,
    ),
  });
});
