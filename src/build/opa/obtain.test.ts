import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { temporaryFolder } from "../../../test/policy-folder.ts";
import { obtainOpa } from "./obtain.ts";
import type { Environment } from "./run.ts";

const ASSET = "/v1.22.0/opa_linux_amd64_static";

/** A program that says what `opa version` says. */
function fakeOpa(version: string): string {
  return `#!/bin/sh\necho "Version: ${version}"\necho "Build Commit: none"\n`;
}

/** A Go of some version whose \`install\` runs \`script\`. */
function fakeGo(version: string, script: string): string {
  return `#!/bin/sh\nif [ "$1" = env ]; then echo go${version}; exit 0; fi\n${script}\n`;
}

const INSTALLS_OPA = `[ "$2" = github.com/open-policy-agent/opa@v1.22.0 ] || exit 9
printf '#!/bin/sh\\necho "Version: 1.22.0"\\n' > "$GOBIN/opa"
/bin/chmod 755 "$GOBIN/opa"`;

async function program(folder: string, name: string, text: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, name);
  await writeFile(file, text);
  await chmod(file, 0o755);
  return file;
}

let bin = "";
let cacheFolder = "";
let messages: string[] = [];
let servers: Server[] = [];

beforeEach(async () => {
  bin = await temporaryFolder();
  cacheFolder = await temporaryFolder();
  messages = [];
});

afterEach(() => {
  for (const server of servers) server.close().closeAllConnections();
  servers = [];
});

function obtain(environment: Environment = {}, arch = "x64"): Promise<string> {
  return obtainOpa({
    environment: { PATH: bin, PORTCULLIS_OPA_DOWNLOADS: "http://127.0.0.1:1", ...environment },
    cacheFolder,
    machine: { platform: "linux", arch },
    progress: (message) => messages.push(message),
  });
}

function cachedFile(): string {
  return path.join(cacheFolder, "opa", "1.22.0", "opa");
}

/** Answers with an address for PORTCULLIS_OPA_DOWNLOADS. */
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return `http://127.0.0.1:${address.port}/releases`;
}

/** A mirror with one release. */
function release(
  content: string,
  checksum = createHash("sha256").update(content).digest("hex"),
): RequestListener {
  return (request, response) => {
    if (request.url === `/releases${ASSET}`) response.end(content);
    else if (request.url === `/releases${ASSET}.sha256`)
      response.end(`${checksum}  opa_linux_amd64_static\n`);
    else response.writeHead(404).end();
  };
}

describe("an OPA that is there", () => {
  test("is the one that $OPA names", async () => {
    const file = await program(await temporaryFolder(), "my-opa", fakeOpa("1.22.0"));
    await program(bin, "opa", fakeOpa("1.22.0"));
    expect(await obtain({ OPA: file })).toBe(file);
  });

  test("is refused, and nothing else is tried, if $OPA names another version", async () => {
    const file = await program(await temporaryFolder(), "my-opa", fakeOpa("0.70.0"));
    await program(bin, "opa", fakeOpa("1.22.0"));
    await expect(obtain({ OPA: file })).rejects.toMatchObject({
      code: "OPA_MISSING",
      message: `OPA=${file} is version 0.70.0, but policies are compiled with 1.22.0.`,
    });
  });

  test("is refused if $OPA names something else", async () => {
    await expect(obtain({ OPA: "/nowhere/opa" })).rejects.toMatchObject({
      code: "OPA_MISSING",
      message: "OPA=/nowhere/opa is not an OPA that can be run.",
    });
  });

  test("is the one on the PATH; an empty $OPA counts as none", async () => {
    const file = await program(bin, "opa", fakeOpa("1.22.0"));
    expect(await obtain({ OPA: "" })).toBe(file);
  });

  test("is the one in the cache if that on the PATH has another version, which is said", async () => {
    const other = await program(bin, "opa", fakeOpa("1.21.0"));
    await program(path.dirname(cachedFile()), "opa", fakeOpa("1.22.0"));
    expect(await obtain()).toBe(cachedFile());
    expect(messages).toEqual([`${other} is OPA 1.21.0, not 1.22.0; looking further.`]);
  });
});

describe("Go", () => {
  test("builds OPA into the cache, once", async () => {
    await program(bin, "go", fakeGo("1.26.0", INSTALLS_OPA));
    expect(await obtain()).toBe(cachedFile());
    await program(bin, "go", fakeGo("1.26.0", "exit 1"));
    expect(await obtain()).toBe(cachedFile());
    expect(await readdir(path.dirname(cachedFile()))).toEqual(["opa"]);
  });

  test("replaces a program in the cache that does not fit", async () => {
    await program(path.dirname(cachedFile()), "opa", fakeOpa("1.20.0"));
    await program(bin, "go", fakeGo("1.27.1", INSTALLS_OPA));
    expect(await obtain()).toBe(cachedFile());
    expect(await readFile(cachedFile(), "utf8")).toContain("1.22.0");
  });

  test("of an older version is named with the one that is needed, and OPA is downloaded", async () => {
    const go = await program(bin, "go", fakeGo("1.25.9", INSTALLS_OPA));
    const mirror = await serve(release(fakeOpa("1.22.0")));
    expect(await obtain({ PORTCULLIS_OPA_DOWNLOADS: mirror })).toBe(cachedFile());
    expect(messages[0]).toBe(`building OPA needs Go 1.26, and ${go} is 1.25.9.`);
  });

  test("that fails is quoted, and OPA is downloaded", async () => {
    await program(bin, "go", fakeGo("1.26.0", "echo first >&2; echo 'dial tcp: no route' >&2; exit 1"));
    const mirror = await serve(release(fakeOpa("1.22.0")));
    expect(await obtain({ PORTCULLIS_OPA_DOWNLOADS: mirror })).toBe(cachedFile());
    expect(messages).toContainEqual(expect.stringContaining("failed: dial tcp: no route."));
  });
});

describe("a download", () => {
  test("with the published checksum goes into the cache", async () => {
    const mirror = await serve(release(fakeOpa("1.22.0")));
    expect(await obtain({ PORTCULLIS_OPA_DOWNLOADS: `${mirror}/` })).toBe(cachedFile());
    expect(await readFile(cachedFile(), "utf8")).toBe(fakeOpa("1.22.0"));
    expect(messages).toContain(`Downloading OPA from ${mirror}${ASSET}.`);
  });

  test("follows a redirect", async () => {
    const storage = await serve(release(fakeOpa("1.22.0")));
    const mirror = await serve((request, response) => {
      const location = `${storage}${request.url?.slice("/releases".length) ?? ""}`;
      response.writeHead(302, { location }).end();
    });
    expect(await obtain({ PORTCULLIS_OPA_DOWNLOADS: mirror })).toBe(cachedFile());
  });

  test("with another checksum is an error of its own and leaves nothing behind", async () => {
    const mirror = await serve(release(fakeOpa("1.22.0"), "0".repeat(64)));
    await expect(obtain({ PORTCULLIS_OPA_DOWNLOADS: mirror })).rejects.toMatchObject({
      code: "OPA_CHECKSUM",
      message: expect.stringContaining("0".repeat(64)),
    });
    expect(await readdir(path.dirname(cachedFile()))).toEqual([]);
  });

  test.each<[string, RequestListener, string]>([
    ["that is not there", (_, response) => response.writeHead(404).end(), "the server answered 404"],
    ["whose checksum is a web page", (_, response) => response.end("<html>"), "holds no SHA-256 checksum"],
    [
      "that is cut short",
      (request, response) => {
        if (request.url?.endsWith(".sha256") === true) response.end("0".repeat(64));
        else response.writeHead(200, { "content-length": "1000" }).write("half", () => response.destroy());
      },
      "could not be downloaded",
    ],
    ["that is no OPA", release("#!/bin/sh\nexit 1\n"), "does not run here as OPA 1.22.0"],
  ])("%s is named in OPA_MISSING and leaves nothing behind", async (_, answer, reason) => {
    const mirror = await serve(answer);
    await expect(obtain({ PORTCULLIS_OPA_DOWNLOADS: mirror })).rejects.toMatchObject({
      code: "OPA_MISSING",
      message: expect.stringContaining(reason),
    });
    expect(await readdir(path.dirname(cachedFile()))).toEqual([]);
  });
});

describe("where nothing works", () => {
  test("every way to get OPA is named", async () => {
    const error = obtain();
    await expect(error).rejects.toMatchObject({ code: "OPA_MISSING" });
    await expect(error).rejects.toMatchObject({
      message: expect.stringMatching(
        /Go is not on the PATH; http:\/\/127\.0\.0\.1:1\/.* could not be downloaded: .+/,
      ),
      remedy: expect.stringMatching(/OPA=.*PATH.*Go 1\.26.*by hand.*PORTCULLIS_OPA_DOWNLOADS/),
    });
    await expect(error).rejects.toMatchObject({ remedy: expect.stringContaining(cachedFile()) });
  });

  test("a machine without a release is named", async () => {
    await expect(obtain({}, "riscv64")).rejects.toMatchObject({
      message: expect.stringContaining("no released program for linux on riscv64"),
    });
  });

  test("a cache that cannot be written is named", async () => {
    await writeFile(path.join(cacheFolder, "opa"), "");
    await expect(obtain()).rejects.toMatchObject({
      code: "OPA_MISSING",
      message: expect.stringContaining(`the folder ${path.dirname(cachedFile())} cannot be made`),
    });
  });
});
