/** What a person sees whose cluster, port or computer is not as it must be: one sentence, and what to do. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { freePort } from "../cluster/free-port.ts";
import { identity, kubeconfig, type ApiServer } from "../cluster/identity.ts";
import { portcullis, run, type Ended } from "../docs/command.ts";
import { buildFolder, policyFolder, temporaryFolder } from "../policy-folder.ts";
import { certificates, podPolicy } from "../life/life.ts";
import { pretendApiServer, status, type PretendedApiServer } from "./pretended-api-server.ts";

let policies: string;
let folder: string;
let old: PretendedApiServer;
let expired: PretendedApiServer;
let forbidding: PretendedApiServer;

beforeAll(async () => {
  policies = (
    await buildFolder(await policyFolder({ "e2e/one.rego": podPolicy("one", 'deny contains "no"') }))
  ).file;
  folder = await temporaryFolder();
  old = await pretendApiServer(() => ({ status: 200, body: { major: "1", minor: "28" } }));
  expired = await pretendApiServer(() => status(401, "Unauthorized"));
  const version = { status: 200, body: { major: "1", minor: "36" } };
  const reason = 'User "jane" cannot get resource "validatingwebhookconfigurations"';
  forbidding = await pretendApiServer((_method, url) => (url === "/version" ? version : status(403, reason)));
});

afterAll(() => {
  for (const server of [old, expired, forbidding]) server.stop();
});

async function fileOf(text: string): Promise<string> {
  const file = path.join(folder, "kubeconfig");
  await writeFile(file, text);
  return file;
}

function kubeconfigOf(server: ApiServer): Promise<string> {
  return fileOf(kubeconfig(server, identity("jane", [])));
}

/** The server's answers are right, but somebody else's authority vouches for it. */
async function withAuthorityOf(other: ApiServer, server: ApiServer): Promise<string> {
  return kubeconfigOf({ ...server, ca: other.ca });
}

/** Everything that `webhooks --apply` says besides its notes. */
async function applyWith(file: string): Promise<Ended> {
  const ended = await portcullis(folder, [
    "webhooks",
    "--apply",
    "--policies",
    policies,
    "--kubeconfig",
    file,
  ]);
  return { ...ended, stderr: ended.stderr.replaceAll(/^note: .*\n/gm, "") };
}

/** One error: a sentence with its code, and a line that says what to do. */
function sentence(code: string, pattern: RegExp): RegExp {
  return new RegExp(`^(?:\\S+: )?error: [^\\n]*${pattern.source}[^\\n]* \\[${code}\\]\\n  fix: [^\\n]+\\n$`);
}

test.each<[string, () => Promise<string>, string, RegExp]>([
  ["that is not there", async () => path.join(folder, "nope"), "KUBECONFIG_INVALID", /could not be read/],
  ["that is a directory", async () => folder, "KUBECONFIG_INVALID", /could not be read/],
  ["that is no YAML", () => fileOf("\u0000[{"), "KUBECONFIG_INVALID", /cannot be used/],
  ["that is empty", () => fileOf(""), "KUBECONFIG_INVALID", /cannot be used/],
  ["that names no cluster", () => fileOf("kind: Config\nclusters: []\n"), "KUBECONFIG_INVALID", /no cluster/],
  [
    "of a server that is not there",
    async () => kubeconfigOf({ ...old.server, port: await freePort("127.0.0.1") }),
    "CLUSTER_UNREACHABLE",
    /ECONNREFUSED/,
  ],
  [
    "with the authority of another server",
    () => withAuthorityOf(expired.server, old.server),
    "CLUSTER_UNREACHABLE",
    /certificate/,
  ],
  [
    "whose token has expired",
    () => kubeconfigOf(expired.server),
    "CLUSTER_FORBIDDEN",
    /does not take these credentials/,
  ],
  [
    "of a user without permission",
    () => kubeconfigOf(forbidding.server),
    "CLUSTER_FORBIDDEN",
    /User "jane" cannot/,
  ],
  [
    "of an old API server",
    () => kubeconfigOf(old.server),
    "CLUSTER_TOO_OLD",
    /Kubernetes 1\.28; .* 1\.30 or later/,
  ],
])("a kubeconfig %s", async (_name, file, code, pattern) => {
  const { stdout, stderr, exitCode } = await applyWith(await file());
  expect(stderr).toMatch(sentence(code, pattern));
  expect([stdout, exitCode]).toEqual(["", 2]);
});

test.each([
  ["", []],
  [", beside a cluster", ["--cluster"]],
])("a port that another program has%s", async (_name, cluster) => {
  const other = createServer().listen(0);
  await once(other, "listening");
  const address = other.address();
  if (address === null || typeof address === "string") throw new Error("It has no port.");
  const pairFolder = await certificates();
  const pair = ["--cert", path.join(pairFolder, "tls.crt"), "--key", path.join(pairFolder, "tls.key")];
  const ports = ["--metrics-port", "0", "--port", String(address.port)];
  const choice = cluster.length === 0 ? [] : ["--kubeconfig", await kubeconfigOf(old.server)];
  const args = ["serve", "--policies", policies, ...pair, ...ports, ...cluster, ...choice];
  const { stdout, stderr, exitCode } = await portcullis(".", args);
  other.close();
  expect(stderr).toMatch(sentence("PORT_TAKEN", new RegExp(`Port ${address.port} `)));
  expect(exitCode).toBe(2);
  // The cluster's own errors are lines of the log.
  expect(cluster.length === 0 ? stdout : "").toBe("");
});

test("a computer without Go, for make cluster", async () => {
  const program = path.resolve("test/cluster/main.ts");
  const empty = await temporaryFolder();
  const environment = { PATH: empty, XDG_CACHE_HOME: empty, KUBEBUILDER_ASSETS: "" };
  const node = [process.execPath, ["--disable-warning=ExperimentalWarning", program], "."] as const;
  expect(await run(...node, environment)).toEqual({
    stdout: "",
    stderr: expect.stringMatching(
      /^error: The local control plane is built with Go, and there is no Go on the PATH: install Go \S+ or later, or set [^\n]+\.\n$/,
    ),
    exitCode: 1,
  });
});

test.each([
  [
    "is not there",
    path.join(path.resolve("/"), "no-such-folder"),
    /takes no new folder \(ENOENT[^\n]+TMPDIR/,
  ],
  ["has too long a path", `/tmp/${"x".repeat(100)}`, /too long a path for etcd's socket[^\n]+TMPDIR/],
])("a folder for temporary files that %s, for make cluster", async (_name, temporary, said) => {
  const { HOME = "", PATH = "", XDG_CACHE_HOME = "" } = process.env;
  const program = path.resolve("test/cluster/main.ts");
  const environment = { HOME, PATH, XDG_CACHE_HOME, TMPDIR: temporary };
  const node = [process.execPath, ["--disable-warning=ExperimentalWarning", program], "."] as const;
  const { stdout, stderr, exitCode } = await run(...node, environment);
  expect(stderr).toMatch(said);
  expect(stderr).not.toMatch(/^ +at /m);
  expect([stdout, exitCode]).toEqual(["", 1]);
});
