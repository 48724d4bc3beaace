import { describe, expect, test } from "@jest/globals";
import { load, loadAll } from "js-yaml";
import { EventEmitter } from "node:events";
import path from "node:path";
import { Readable, Writable } from "node:stream";
import { ensureDevelopmentCertificates } from "../../../certs/development-certificates.ts";
import { policyFolder, temporaryFolder, writeFiles } from "../../../test/policy-folder.ts";
import { runCommand } from "../run-command.ts";

async function webhooks(...args: readonly string[]) {
  const written = { stdout: "", stderr: "" };
  const code = await runCommand({
    argv: ["node", "portcullis", "webhooks", ...args],
    env: process.env,
    platform: process.platform,
    arch: process.arch,
    stdin: Readable.from([]),
    stdout: { write: (text: string) => (written.stdout += text) },
    stderr: { write: (text: string) => (written.stderr += text) },
    signals: new EventEmitter(),
  });
  return { code, ...written };
}

const SHIPPED = await webhooks();

describe("the configurations of the shipped policies", () => {
  test("are two YAML documents", () => {
    expect(SHIPPED.code).toBe(0);
    expect(loadAll(SHIPPED.stdout)).toMatchObject([
      { apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingWebhookConfiguration" },
      { apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingWebhookConfiguration" },
    ]);
  });

  test("are the same in JSON, as a List", async () => {
    const { stdout } = await webhooks("-o", "json");
    expect(JSON.parse(stdout)).toEqual({ apiVersion: "v1", kind: "List", items: loadAll(SHIPPED.stdout) });
  });

  test("are byte for byte the same each time", async () => {
    expect((await webhooks()).stdout).toBe(SHIPPED.stdout);
  });

  test("have the members of an entry in Kubernetes' own order", () => {
    const [entry = ""] = SHIPPED.stdout.split("\n  - name: ").slice(1);
    const keys = [...entry.matchAll(/^ {4}(\w+):/gm)].map(([, key]) => key);
    expect(keys).toEqual([
      "clientConfig",
      "rules",
      "failurePolicy",
      "matchPolicy",
      "namespaceSelector",
      "sideEffects",
      "timeoutSeconds",
      "admissionReviewVersions",
      "matchConditions",
    ]);
  });

  test("have failure policies of their own, which no annotation says", () => {
    expect(SHIPPED.stdout).toContain("failurePolicy: Fail");
    expect(SHIPPED.stdout).not.toContain("annotations:");
  });

  test("leave the note on trust to standard error", () => {
    expect(SHIPPED.stderr).toContain("note: without --ca-file");
  });
});

test("another server, its authority and Ignore everywhere", async () => {
  const folder = await temporaryFolder();
  await ensureDevelopmentCertificates(folder, new Date());
  const { stdout, stderr } = await webhooks(
    "--url",
    "https://portcullis.example.com:8443/",
    "--ca-file",
    path.join(folder, "ca.crt"),
    "--failure-policy-ignore",
  );
  expect(stdout).toContain("url: https://portcullis.example.com:8443/validate\n");
  expect(stdout).toMatch(/caBundle: LS0tLS1CRUdJTi[A-Za-z0-9+/=]+\n/);
  expect(stdout).not.toContain("failurePolicy: Fail");
  const annotated = "annotations:\n    policy.portcullis.dev/failure-policy: Ignore\n";
  expect(stdout.split(annotated).length).toBe(2);
  expect(loadAll(stdout)).toMatchObject([
    { kind: "ValidatingWebhookConfiguration", metadata: { annotations: {} } },
    {},
  ]);
  expect(stderr).toBe("");
});

test("bindings and exclusions narrow what is asked about", async () => {
  const root = await policyFolder({
    "shop/names.rego": [
      "# METADATA",
      "# custom:",
      "#   match:",
      '#     resources: ["*"]',
      "package shop.names",
      'deny contains "no" if input.request.name == "no"',
      "",
    ].join("\n"),
  });
  const folder = await temporaryFolder();
  await writeFiles(folder, {
    "all.yaml": [
      "apiVersion: policy.portcullis.dev/v1alpha1",
      "kind: PolicyBinding",
      "metadata: { name: shop }",
      "spec: { policies: [shop/names], match: { resources: [services], operations: [UPDATE] } }",
      "---",
      "apiVersion: policy.portcullis.dev/v1alpha1",
      "kind: Exclusions",
      "metadata: { name: all }",
      "spec: { namespaces: ['0b11'], namespaceLabel: example.com/free, namespaceLabelGroups: [\"it's us\"] }",
      "",
    ].join("\n"),
  });
  const { stdout } = await webhooks("--policies", root, "--bindings", folder, "-o", "json");
  expect(load(stdout)).toMatchObject({
    items: [
      {
        webhooks: [
          {
            name: "validate-fail.portcullis.dev",
            rules: [{ apiGroups: [""], operations: ["UPDATE"], resources: ["services"] }],
            namespaceSelector: {
              matchExpressions: [
                { values: ["0b11", "portcullis-system"] },
                { key: "example.com/free", operator: "DoesNotExist" },
              ],
            },
          },
          {
            name: "exemption-guard.portcullis.dev",
            matchConditions: [{}, { expression: expect.stringContaining("in ['it\\'s us']") }],
          },
        ],
      },
      { webhooks: [] },
    ],
  });
});

describe("refused with one sentence are", () => {
  test.each<readonly [string, readonly string[], RegExp]>([
    [
      "a Service that is none",
      ["--service", "portcullis"],
      /"portcullis" is no Service such as portcullis-system/,
    ],
    ["a port that is none", ["--service", "a/b:70000"], /"a\/b:70000" is no Service/],
    ["a URL without TLS", ["--url", "http://example.com"], /is no URL such as https:/],
    ["a URL with a path", ["--url", "https://example.com/x"], /is no URL such as https:/],
    ["a Service and a URL", ["--url", "https://example.com", "--service", "a/b"], /cannot be used with/],
    ["a kubeconfig for nothing", ["--kubeconfig", "x"], /none is used without --apply/],
    ["an authority that is not there", ["--ca-file", "no-such-file"], /CERTIFICATE_UNREADABLE/],
    ["an authority that is no certificate", ["--ca-file", "package.json"], /it holds no PEM certificate/],
    ["a Secret that is none", ["--ca-secret", "portcullis-tls"], /is no Secret such as portcullis-system/],
    ["a file and a Secret", ["--ca-file", "x", "--ca-secret", "a/b"], /cannot be used with/],
    [
      "a kubeconfig that is not there",
      ["--apply", "--kubeconfig", "no-such-file"],
      /could not be read \(ENOENT\)\. \[KUBECONFIG_INVALID\]/,
    ],
  ])("%s", async (_, args, message) => {
    const { code, stdout, stderr } = await webhooks(...args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect([code, stdout]).toEqual([2, ""]);
  });

  test("policies that say of no resource that they are for it", async () => {
    const root = await policyFolder({
      "shop/any.rego": 'package shop.any\n\ndeny contains "no" if input.request.name == "no"\n',
    });
    const { code, stdout, stderr } = await webhooks("--policies", root);
    expect(stderr).toContain("[WEBHOOKS_EMPTY]");
    expect([code, stdout]).toEqual([2, ""]);
  });
});

test("installing goes on when nobody reads what is said", async () => {
  const closed = new Writable({ write: (_chunk, _encoding, done) => done(new Error("write EPIPE")) });
  const code = await runCommand({
    argv: ["node", "portcullis", "webhooks", "--apply", "--kubeconfig", "no-such-file"],
    env: process.env,
    platform: process.platform,
    arch: process.arch,
    stdin: Readable.from([]),
    stdout: closed,
    stderr: closed,
    signals: new EventEmitter(),
  });
  expect(closed.errored).toEqual(new Error("write EPIPE"));
  expect(code).toBe(2);
});

test.each(["SIGINT", "SIGTERM", "SIGHUP"])("%s ends installing with what was there before", async (name) => {
  const kubeconfig = {
    clusters: [{ name: "none", cluster: { server: "https://127.0.0.1:1" } }],
    users: [{ name: "none", user: {} }],
    contexts: [{ name: "none", context: { cluster: "none", user: "none" } }],
    "current-context": "none",
  };
  const folder = await temporaryFolder();
  await writeFiles(folder, { kubeconfig: JSON.stringify(kubeconfig) });
  const signals = new EventEmitter();
  signals.on("newListener", (added) => {
    if (added === name) queueMicrotask(() => signals.emit(name));
  });
  let said = "";
  const code = await runCommand({
    argv: ["node", "portcullis", "webhooks", "--apply", "--kubeconfig", path.join(folder, "kubeconfig")],
    env: process.env,
    platform: process.platform,
    arch: process.arch,
    stdin: Readable.from([]),
    stdout: { write: () => true },
    stderr: { write: (text: string) => (said += text) },
    signals,
  });
  expect(said).toMatch(/^interrupted, and ends with .* taken back\n/m);
  expect(code).toBe(1);
});
