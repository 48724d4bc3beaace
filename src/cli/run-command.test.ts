import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { EventEmitter } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { policyFolder } from "../../test/policy-folder.ts";
import { ensureDevelopmentCertificates } from "../../certs/development-certificates.ts";
import { listenHttp } from "../server/listen.ts";
import { EvalReport } from "../report/report.ts";
import { runCommand } from "./run-command.ts";
import { readEnvironment } from "./surroundings.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "portcullis-cli-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Given {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

async function portcullis(args: readonly string[], { stdin = "", env = {} }: Given = {}): Promise<Ran> {
  const written = { stdout: "", stderr: "" };
  const output = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text;
    },
  });
  const code = await runCommand({
    argv: ["node", "portcullis", ...args],
    env: { ...process.env, ...env },
    platform: process.platform,
    arch: process.arch,
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout: output("stdout"),
    stderr: output("stderr"),
    signals: new EventEmitter(),
  });
  return { code, ...written };
}

async function file(name: string, text: string): Promise<string> {
  const target = path.join(folder, name);
  await writeFile(target, text);
  return target;
}

const pod = (name: string, privileged: boolean): string =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\nspec:\n  containers:\n    - name: web\n      securityContext:\n        privileged: ${privileged}\n`;

/** A policy whose one violation of every Pod is a word. */
const source = (word: string): string =>
  `package own.name\n\ndeny contains "${word}" if input.request.object.kind == "Pod"\n`;

describe("eval", () => {
  test("ends with 0 where every object is admitted, warnings or not", async () => {
    const { code, stdout } = await portcullis(["eval", "-"], { stdin: pod("good", false) });
    expect(code).toBe(0);
    expect(stdout).toMatch(/1 object: 1 allowed, 0 denied, 0 errors/);
  });

  test("ends with 1 for a denial and says the file, the line and how to fix it", async () => {
    const bad = await file("bad.yaml", pod("bad", true));
    const { code, stdout } = await portcullis(["eval", bad]);
    expect(code).toBe(1);
    expect(stdout).toContain(`${bad}:9:9`);
    expect(stdout).toContain("pod-security/privileged");
    expect(stdout).toMatch(/fix: Remove securityContext.privileged/);
  });

  test("ends with 2 for bad input, names it, and judges the other files all the same", async () => {
    const bad = await file("bad.yaml", pod("bad", true));
    const broken = await file("broken.yaml", 'kind: "Pod\n');
    const missing = path.join(folder, "missing.yaml");
    const { code, stdout } = await portcullis(["eval", "-o", "json", broken, missing, bad]);
    const report = EvalReport.parse(JSON.parse(stdout));
    expect(code).toBe(2);
    expect(report.problems.map((problem) => [problem.file, problem.code])).toEqual([
      [broken, "MANIFEST_INVALID"],
      [missing, "FILE_UNREADABLE"],
    ]);
    expect(report.results.map(({ decision }) => decision)).toEqual(["deny"]);
  });

  test("ends with 3 for a policy error, which is no denial", async () => {
    const policies = await policyFolder({
      "own/conflict.rego":
        'package own.conflict\n\nvalue := 1 if input.request.object.kind == "Pod"\n\nvalue := 2 if input.request.object.kind == "Pod"\n\ndeny contains "conflict" if value == 1\n',
    });
    const binding = await file(
      "binding.yaml",
      "apiVersion: policy.portcullis.dev/v1alpha1\nkind: PolicyBinding\nmetadata: {name: own}\nspec:\n  policies: [own/conflict]\n  match: {resources: [pods]}\n",
    );
    const { code, stdout } = await portcullis(
      ["eval", "--policies", policies, "--bindings", binding, "-o", "json", "-"],
      {
        stdin: pod("any", false),
      },
    );
    const report = EvalReport.parse(JSON.parse(stdout));
    expect(code).toBe(3);
    expect(report.summary).toMatchObject({ allowed: 0, denied: 0, errors: 1 });
    expect(report.results[0]?.errors).toMatchObject([
      { policy: "own/conflict", code: "EVALUATION_FAILED", blocks: true },
    ]);
  });

  test.each(["", "# only a comment\n---\n", "apiVersion: v1\nkind: List\nitems: []\n"])(
    "ends with 2 where there is nothing to judge: %j",
    async (stdin) => {
      const { code, stdout } = await portcullis(["eval", "-"], { stdin });
      expect([code, stdout]).toEqual([2, expect.stringContaining("There is no object in standard input")]);
    },
  );

  test("judges an edited policy by its edited text", async () => {
    const policies = await policyFolder({ "own/name.rego": source("first") });
    const args = ["eval", "--policies", policies, "-o", "json", "-"];
    const messages = async (): Promise<unknown> => {
      const { stdout } = await portcullis(args, { stdin: pod("any", false) });
      return EvalReport.parse(JSON.parse(stdout)).results[0]?.findings.map(({ message }) => message);
    };
    expect(await messages()).toEqual(["first"]);
    await writeFile(path.join(policies, "own/name.rego"), source("second"));
    expect(await messages()).toEqual(["second"]);
  });

  test("runs a v0 rule for bare manifests unmodified, with exact numbers in its message", async () => {
    const policies = await policyFolder({
      "deployment.rego":
        'package deployment\n\ndeny[msg] {\n  input.kind == "Deployment"\n  not input.spec.template.spec.securityContext.runAsNonRoot\n  msg = "Containers must not run as root"\n}\n\ndeny[msg] {\n  input.kind == "Deployment"\n  msg = sprintf("%v and %d", [input.spec.a, input.spec.b])\n}\n',
    });
    const { code, stdout } = await portcullis(["eval", "--policies", policies, "-o", "json", "-"], {
      stdin:
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {a: 9007199254740993, b: 12345678901234567890}\n",
    });
    const report = EvalReport.parse(JSON.parse(stdout));
    expect(code).toBe(1);
    expect(report.results[0]?.findings.map(({ message }) => message)).toEqual([
      "9007199254740993 and 12345678901234567890",
      "Containers must not run as root",
    ]);
  });

  test.each([
    ["a user that is excluded", ["--user", "system:robot"], "the user system:robot is excluded"],
    ["a namespace that is excluded", ["--namespace", "sandbox-1"], "excluded by the pattern sandbox-*"],
  ])("%s is not judged, and the report says why", async (_name, args, note) => {
    const exclusions = await file(
      "exclusions.yaml",
      'apiVersion: policy.portcullis.dev/v1alpha1\nkind: Exclusions\nmetadata: {name: own}\nspec: {users: ["system:robot"], namespaces: ["sandbox-*"]}\n',
    );
    const { code, stdout } = await portcullis(["eval", "--bindings", exclusions, ...args, "-"], {
      stdin: pod("bad", true),
    });
    expect([code, stdout]).toEqual([0, expect.stringContaining(note)]);
  });

  test("a selector on an unknown namespace is a policy error, and what it says to do helps", async () => {
    const binding = await file(
      "selecting.yaml",
      "apiVersion: policy.portcullis.dev/v1alpha1\nkind: PolicyBinding\nmetadata: {name: own}\nspec:\n  policies: [pod-security/privileged]\n  match: {namespaceSelector: {matchLabels: {env: prod}}}\n",
    );
    const inventory = await file(
      "namespaces.yaml",
      "apiVersion: v1\nkind: Namespace\nmetadata: {name: default, labels: {env: prod}}\n",
    );
    const args = ["eval", "--bindings", binding, "-"];
    const unknown = await portcullis(args, { stdin: pod("bad", true) });
    expect([unknown.code, unknown.stdout]).toEqual([
      3,
      expect.stringMatching(/NAMESPACE_UNKNOWN[^]*fix: .*--inventory/),
    ]);
    const known = await portcullis([...args, "--inventory", inventory], { stdin: pod("bad", true) });
    expect([known.code, known.stdout]).toEqual([1, expect.stringContaining("pod-security/privileged")]);
  });

  test("objects are judged as the operation that is named", async () => {
    const { code } = await portcullis(["eval", "--operation", "DELETE", "-"], { stdin: pod("bad", true) });
    expect(code).toBe(0);
    const update = await portcullis(["eval", "--operation", "UPDATE", "-"], { stdin: pod("bad", true) });
    expect(update.code).toBe(1);
  });
});

describe("wrong usage ends with 2 and says what to do", () => {
  test.each([
    ["an unknown command", ["evaluate"], {}, /unknown command 'evaluate'/],
    ["an unknown option", ["eval", "--polices", "x", "-"], {}, /unknown option '--polices'/],
    ["an unknown format", ["eval", "-o", "xml", "-"], {}, /Allowed choices are pretty, json/],
    ["no file", ["eval"], {}, /missing required argument/],
    ["a namespace that can be none", ["eval", "--namespace", "Bad Name", "-"], {}, /can be no namespace/],
    ["a port that is none", ["serve", "--port", "web"], {}, /no port/],
    [
      "one port for two servers",
      ["serve", "--port", "21540", "--metrics-port", "21540"],
      {},
      /Port 21540 is both the admission port and the metrics port\. \[PORT_TAKEN\]/,
    ],
    [
      "certificates kept in no cluster",
      ["serve", "--manage-certificates", "--keep-webhooks"],
      {},
      /--manage-certificates and --keep-webhooks work in a cluster, but none is followed without --cluster/,
    ],
    [
      "a client's name without authorities",
      ["serve", "--client-name", "kube-apiserver"],
      {},
      /without --client-ca nobody is asked for one\. \[USAGE\]/,
    ],
    [
      "a client's name that stands for many",
      ["serve", "--client-name", ".example"],
      {},
      /no name that a cert/,
    ],
    [
      "a client authority that is none",
      ["serve", "--client-ca", "nowhere.crt"],
      {},
      /nowhere\.crt.*CERTIFICATE_UN/,
    ],
    ["webhooks kept in no cluster", ["serve", "--keep-webhooks"], {}, /--keep-webhooks works in a cluster/],
    [
      "certificates of two origins",
      ["serve", "--cluster", "--manage-certificates", "--key", "tls.key"],
      {},
      /'--manage-certificates' cannot be used with option '--key/,
    ],
    ["a PORT that is none", ["serve"], { PORT: "70000" }, /PORT is "70000", which is no port/],
    [
      "policies that are not there",
      ["eval", "--policies", "nowhere", "-"],
      {},
      /no policy folder or bundle at nowhere/,
    ],
    ["a bundle that is none", ["eval", "--policies", "package.json", "-"], {}, /BUNDLE_/],
    ["bindings that are not there", ["eval", "--bindings", "nowhere.yaml", "-"], {}, /nowhere.yaml/],
  ])("%s", async (_name, args, env, message) => {
    const { code, stderr } = await portcullis(args, { env });
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  test("a binding with a misspelt field names the field and the line", async () => {
    const binding = await file(
      "misspelt.yaml",
      "apiVersion: policy.portcullis.dev/v1alpha1\nkind: PolicyBinding\nmetadata: {name: own}\nspec:\n  policies: [labels/required]\n  enforcment: deny\n",
    );
    const { code, stderr } = await portcullis(["eval", "--bindings", binding, "-"], {
      stdin: pod("any", false),
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/misspelt.yaml:6/);
    expect(stderr).toContain("enforcment");
  });

  test("a policy that cannot be built is told with file, line and column", async () => {
    const policies = await policyFolder({
      "own/broken.rego": "package own.broken\n\ndeny contains 1 + if true\n",
    });
    const { code, stderr } = await portcullis(["eval", "--policies", policies, "-"], {
      stdin: pod("any", false),
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/broken.rego:\d+:\d+: error: .*\[REGO_INVALID\]\n {2}fix: /);
  });

  test("a port in use is named, with the ways to choose another", async () => {
    const other = await listenHttp({
      app: () => undefined,
      setting: { port: 0, flag: "", variable: "" },
      rejected: () => undefined,
    });
    const { port } = other;
    await ensureDevelopmentCertificates(folder, new Date());
    const certificate = ["--cert", path.join(folder, "tls.crt"), "--key", path.join(folder, "tls.key")];
    const { code, stderr } = await portcullis([
      "serve",
      ...certificate,
      "--metrics-port",
      "0",
      "--port",
      String(port),
    ]);
    await other.stop();
    expect(code).toBe(2);
    expect(stderr).toContain(`Port ${port} is in use`);
    expect(stderr).toMatch(/--port.*PORT=/);
  });
});

test("a port variable that is set but empty takes the default", () => {
  const env = { PORT: "", METRICS_PORT: "" };
  expect(readEnvironment({ env, platform: process.platform, arch: process.arch })).toMatchObject({
    port: 8443,
    metricsPort: 9090,
  });
});

test("help goes to standard output and ends with 0", async () => {
  const { code, stdout } = await portcullis(["eval", "--help"]);
  expect([code, stdout]).toEqual([0, expect.stringContaining("Exit codes: 0 all admitted")]);
});

test.each(["serve", "webhooks", "uninstall", "doctor"])(
  "the help of %s has the Service as it is typed",
  async (command) => {
    const { stdout } = await portcullis([command, "--help"]);
    expect(stdout.replaceAll(/\s+/g, " ")).toMatch(
      /the Service of Portcullis[^(]*\(default: portcullis-system\/portcullis(:8443)?\)/,
    );
  },
);
