import { chmod, copyFile, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { createTar, parseTarGzip } from "nanotar";
import { describe, expect, test } from "@jest/globals";
import {
  buildFolder,
  buildPolicies,
  policyFolder,
  temporaryFolder,
  testOpa,
  writeFiles,
} from "../../test/policy-folder.ts";
import { portcullis } from "../../test/docs/command.ts";
import { buildBundle, buildCached, type BuildOptions } from "./build.ts";
import { readBundle } from "./read-bundle.ts";
import { revisionOf } from "./revision.ts";

const V0_RULE = `package deployment

deny[msg] {
  input.kind == "Deployment"
  not input.spec.template.spec.securityContext.runAsNonRoot
  msg = "Containers must not run as root"
}
`;

const V1_RULE = `# METADATA
# title: No privileged containers
# description: |
#   A privileged container is root on the node.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# - ref: https://example.com/why
#   description: Why
# custom:
#   severity: critical
#   category: Pod Security
#   enforcement: warn
#   match:
#     resources: [Pod, deployments.apps, pods/ephemeralcontainers]
#   parameters:
#     type: object
#     properties: { limit: { type: integer, default: 3 } }
#   remediation: Set privileged to false.
package pod_security.privileged

import data.lib.pods

deny contains {"msg": "privileged", "field": "spec"} if pods.privileged(input.request.object)

warn contains "careful" if input.parameters.limit > 2
`;

const LIBRARY = "package lib.pods\n\nprivileged(pod) if pod.spec.containers[_].securityContext.privileged\n";

async function options(root: string): Promise<BuildOptions> {
  return { root, cacheFolder: await temporaryFolder(), opa: testOpa, progress: () => undefined };
}

const noOpa = (): Promise<string> => Promise.reject(new Error("OPA was asked for"));

test("a v0 rule builds unmodified from a folder that holds only it", async () => {
  const policies = await buildPolicies({ "run-as-root.rego": V0_RULE });
  expect(policies.get("policies/run-as-root")).toEqual({
    id: "policies/run-as-root",
    package: "deployment",
    file: "run-as-root.rego",
    entrypoints: { deny: "deployment/deny" },
    contract: "object",
    metadata: {
      title: "policies/run-as-root",
      description: "",
      relatedResources: [],
      severity: "medium",
      updates: "new-violations-only",
      enforcement: "deny",
      match: { resources: ["deployments.apps"], operations: ["CREATE", "UPDATE"] },
    },
  });
});

test("v0 and v1 build together, with METADATA, a library and data", async () => {
  const root = await policyFolder({
    "legacy/[v0]-{1}.rego": V0_RULE,
    "pod-security/privileged.rego": V1_RULE,
    "lib/pods.rego": LIBRARY,
    "settings/data.yaml": "regions: [eu]\n",
    "pod-security/fixture.yaml": "kind: Pod\n",
    "pod-security/privileged_test.rego": "package pod_security.privileged\n\nthis is no Rego\n",
    ".hidden/broken.rego": "neither is this",
  });
  const built = await buildFolder(root);
  const bundle = await readBundle(built.file);
  expect(built).toMatchObject({ policies: 2, cached: false, notes: [], revision: bundle.revision });
  expect(JSON.parse(new TextDecoder().decode(bundle.data))).toEqual({ settings: { regions: ["eu"] } });
  expect(new TextDecoder().decode(bundle.wasm.subarray(0, 4))).toBe("\0asm");
  expect(bundle.policies.map(({ id }) => id)).toEqual(["legacy/[v0]-{1}", "pod-security/privileged"]);
  expect(bundle.policies[1]).toEqual({
    id: "pod-security/privileged",
    package: "pod_security.privileged",
    file: "pod-security/privileged.rego",
    entrypoints: { deny: "pod_security/privileged/deny", warn: "pod_security/privileged/warn" },
    contract: "admission",
    metadata: {
      title: "No privileged containers",
      description: "A privileged container is root on the node.",
      relatedResources: [
        { ref: "https://kubernetes.io/docs/concepts/security/pod-security-standards/" },
        { ref: "https://example.com/why", description: "Why" },
      ],
      severity: "critical",
      updates: "new-violations-only",
      category: "Pod Security",
      enforcement: "warn",
      match: {
        resources: ["pods", "deployments.apps", "pods/ephemeralcontainers"],
        operations: ["CREATE", "UPDATE"],
      },
      parameters: { type: "object", properties: { limit: { type: "integer", default: 3 } } },
      remediation: "Set privileged to false.",
    },
  });
});

test("a package over several files is one policy, named for the package, with the METADATA of any of them", async () => {
  const policies = await buildPolicies({
    "net/a.rego": 'package net["host-ports"]\n\ndeny contains "a" if input.request.dryRun\n',
    "net/b.rego": '# METADATA\n# title: Ports\npackage net["host-ports"]\n\nwarn contains "b"\n',
  });
  expect([...policies.keys()]).toEqual(["net/host-ports"]);
  expect(policies.get("net/host-ports")).toMatchObject({
    package: 'net["host-ports"]',
    file: "net/b.rego",
    entrypoints: { deny: "net/host-ports/deny", warn: "net/host-ports/warn" },
    metadata: { title: "Ports" },
  });
});

test("a package without rules is a library if another package uses it, wherever it lies", async () => {
  const policies = await buildPolicies({
    "pack/names.rego": 'package names\n\ngood(name) if startswith(name, "x")\n',
    "pack/rule.rego":
      'package rule\n\nimport data.names\n\ndeny contains "bad" if not names.good(input.metadata.name)\n',
  });
  expect([...policies.keys()]).toEqual(["pack/rule"]);
});

test("files that are links are followed, as in a mounted ConfigMap, and a circle of folders ends", async () => {
  const root = await policyFolder({
    "..data/rule.rego": V0_RULE,
    "pack/other.rego": 'package other\n\ndeny contains "x"\n',
  });
  await symlink("..data/rule.rego", path.join(root, "rule.rego"));
  await symlink("..", path.join(root, "pack", "circle"));
  await symlink("nowhere", path.join(root, "README"));
  expect(await buildFolder(root)).toMatchObject({ policies: 2 });
});

test("a policy without match that tests for no kind gives a note with its file", async () => {
  const root = await policyFolder({
    "pack/any.rego": 'package any\n\ndeny contains "x" if input.metadata.name == "y"\n',
  });
  const { notes } = await buildFolder(root);
  expect(notes).toEqual([
    expect.stringContaining(`${path.join(root, "pack/any.rego")}: it cannot be told which resources`),
  ]);
});

test("a policy that tests for DELETE, but does not see it, gives a note, compiled or from the cache", async () => {
  const build = await options(
    await policyFolder({
      "pack/partly.rego":
        'package partly\n\ndeny contains "x" if {\n  input.request.kind.kind == "Pod"\n  input.request.operation in {"UPDATE", "DELETE"}\n}\n\nwarn contains "y" if input.request.kind.kind == "Pod"\n',
      "pack/not.rego":
        'package no\n\ndeny contains "x" if {\n  input.request.kind.kind == "Pod"\n  not input.request.operation == "DELETE"\n}\n',
    }),
  );
  const { notes } = await buildCached(build);
  expect(notes).toEqual([
    `${path.join(build.root, "pack/partly.rego")}: pack/partly tests for the operation DELETE, which it does not see; METADATA must list it under custom.match.operations, beside custom.match.resources.`,
  ]);
  expect(await buildCached(build)).toMatchObject({ cached: true, notes });
});

describe("the cache", () => {
  test("the same files are not compiled twice, and not even OPA is looked for", async () => {
    const first = await options(await policyFolder({ "pack/rule.rego": V0_RULE }));
    const built = await buildCached(first);
    expect(await buildCached({ ...first, opa: noOpa })).toEqual({ ...built, cached: true });
  });

  test("an edited policy is compiled anew", async () => {
    const first = await options(await policyFolder({ "pack/rule.rego": V0_RULE }));
    const built = await buildCached(first);
    await writeFiles(first.root, { "pack/rule.rego": V0_RULE.replace("as root", "as uid 0") });
    const again = await buildCached(first);
    expect(again.cached).toBe(false);
    expect(again.revision).not.toBe(built.revision);
  });

  test("a damaged entry is built again", async () => {
    const first = await options(await policyFolder({ "pack/rule.rego": V0_RULE }));
    const { file } = await buildCached(first);
    await writeFile(file, (await readFile(file)).subarray(0, 500));
    expect(await buildCached(first)).toMatchObject({ cached: false });
    expect((await readBundle(file)).policies).toHaveLength(1);
  });

  test("an entry whose module was cut is built again, and so is one in whose place is a folder", async () => {
    const first = await options(await policyFolder({ "pack/rule.rego": V0_RULE }));
    const { file } = await buildCached(first);
    const entries = await parseTarGzip(await readFile(file));
    const cut = entries.map(({ name, data = new Uint8Array() }) => ({
      name,
      data: name.endsWith("policy.wasm") ? data.slice(0, 1000) : Uint8Array.from(data),
    }));
    await writeFile(file, gzipSync(createTar(cut)));
    expect(await buildCached(first)).toMatchObject({ cached: false });
    await rm(file);
    await writeFiles(file, { "in/the": "way" });
    expect(await buildCached(first)).toMatchObject({ cached: false, file, notes: [] });
    expect(await buildCached(first)).toMatchObject({ cached: true });
  });

  test("an entry from before an upgrade is not used", async () => {
    const version = /"version": "(.+)"/.exec(await readFile("package.json", "utf8"))?.[1];
    const file = { path: "a.rego", content: new Uint8Array() };
    const now = revisionOf([file], "pack", version);
    expect(version).toBeDefined();
    expect(revisionOf([file], "pack")).toBe(now);
    expect(revisionOf([file], "pack", "999.0.0")).not.toBe(now);
  });

  test("the bundle of other files in the place of an entry is not used", async () => {
    const first = await options(await policyFolder({ "pack/rule.rego": V0_RULE }));
    const { file } = await buildCached(first);
    await copyFile((await buildFolder(await policyFolder({ "pack/other.rego": V0_RULE }))).file, file);
    expect(await buildCached(first)).toMatchObject({ cached: false });
  });

  test("the revision does not depend on where the folder is, but on its name if a policy lies directly in it", async () => {
    const files = { "pack/rule.rego": V0_RULE };
    const root = await policyFolder(files);
    const revision = (await buildFolder(root)).revision;
    await rename(root, `${root}-renamed`);
    expect((await buildFolder(`${root}-renamed`)).revision).toBe(revision);
    const flat = await policyFolder({ "rule.rego": V0_RULE });
    const flatRevision = (await buildFolder(flat)).revision;
    await rename(flat, `${flat}-renamed`);
    expect((await buildFolder(`${flat}-renamed`)).revision).not.toBe(flatRevision);
  });
});

describe("buildBundle", () => {
  test("replaces the file and leaves nothing else beside it, compiled or from the cache", async () => {
    const folder = await temporaryFolder();
    const out = path.join(folder, "bundle.tar.gz");
    await writeFile(out, "old");
    const build = { ...(await options(await policyFolder({ "pack/rule.rego": V0_RULE }))), out };
    const built = await buildBundle(build);
    expect(built).toMatchObject({ file: out, cached: false });
    const bytes = await readFile(out);
    await writeFile(out, "old");
    expect(await buildBundle({ ...build, opa: noOpa })).toMatchObject({ file: out, cached: true });
    expect(await readFile(out)).toEqual(bytes);
    expect(await readdir(folder)).toEqual(["bundle.tar.gz"]);
  });

  test("works where the cache cannot be written", async () => {
    const blocked = path.join(await temporaryFolder(), "file");
    await writeFile(blocked, "");
    const out = path.join(await temporaryFolder(), "bundle.tar.gz");
    const build = {
      ...(await options(await policyFolder({ "pack/rule.rego": V0_RULE }))),
      cacheFolder: blocked,
    };
    await expect(buildBundle({ ...build, out })).resolves.toMatchObject({ file: out });
    const built = await buildCached(build);
    expect((await readBundle(built.file)).policies).toHaveLength(1);
    expect(built.notes).toEqual([expect.stringContaining("The policies are compiled anew each time")]);
  });
});

describe("a folder that cannot be built at all", () => {
  test("has nowhere to be compiled in", async () => {
    const root = await policyFolder({ "pack/rule.rego": V0_RULE });
    const nowhere = { TMPDIR: "/nowhere", XDG_CACHE_HOME: await temporaryFolder() };
    const ended = await portcullis(root, ["build", "--policies", ".", "--out", "bundle.tar.gz"], nowhere);
    expect(ended.stderr).toMatch(/^\/nowhere: error: .*ENOENT.* \[FILE_UNWRITABLE\]\n {2}fix: Set TMPDIR/m);
    expect(ended.exitCode).toBe(2);
  });

  test("is told what OPA said in one line", async () => {
    const program = path.join(await temporaryFolder(), "opa");
    await writeFile(program, "#!/bin/sh\nprintf 'one\\n\\ttwo\\n' >&2\nexit 7\n");
    await chmod(program, 0o755);
    const build = await options(await policyFolder({ "pack/rule.rego": V0_RULE }));
    await expect(buildCached({ ...build, opa: () => Promise.resolve(program) })).rejects.toMatchObject({
      message: "OPA ended with exit code 7: one two",
    });
  });

  test("holds no Rego", async () => {
    const root = await policyFolder({ "pack/rule_test.rego": "package x\n", "README.md": "" });
    await expect(buildFolder(root)).rejects.toMatchObject({
      code: "POLICIES_MISSING",
      position: { file: root },
    });
  });

  test("holds only libraries", async () => {
    const root = await policyFolder({ "lib/pods.rego": LIBRARY });
    await expect(buildFolder(root)).rejects.toMatchObject({ code: "POLICIES_MISSING" });
  });

  test("is not there", async () => {
    const root = path.join(await temporaryFolder(), "nowhere");
    await expect(buildFolder(root)).rejects.toMatchObject({
      code: "FILE_UNREADABLE",
      position: { file: root },
    });
  });

  test("is built with a program that is no OPA", async () => {
    const program = path.join(await temporaryFolder(), "opa");
    await writeFile(program, "#!/bin/sh\necho strange >&2\nexit 7\n");
    await chmod(program, 0o755);
    const build = await options(await policyFolder({ "pack/rule.rego": V0_RULE }));
    await expect(buildCached({ ...build, opa: () => Promise.resolve(program) })).rejects.toMatchObject({
      code: "OPA_FAILED",
      message: "OPA ended with exit code 7: strange",
    });
  });
});
