// oxlint-disable jest/no-standalone-expect -- the rule does not see that `built` is `describe` or `describe.skip`
/** The overlays as a whole: complete, of one mind, and by the rules that they bring. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { DEFAULT_EXCLUSIONS, Exclusions, PolicyBinding } from "../../src/policy/binding.ts";
import { BUILT_IN_KINDS } from "../../src/policy/kinds.ts";
import { readManifests } from "../../src/cli/manifest/read.ts";
import { EvalReport } from "../../src/report/report.ts";
import { portcullis } from "../docs/command.ts";
import { temporaryFolder, writeFiles, type Files } from "../policy-folder.ts";
import { buildOverlay, find, KUBECTL, OVERLAYS, type Overlay, type Resource } from "./overlay.ts";
import { ConfigMap, podOf, Service } from "./workload.ts";

const built = KUBECTL === undefined ? describe.skip : describe;
const NAMESPACE = "portcullis-system";

/** Everything that any policy finds is denied, with no exception and nothing excluded. */
const DENY_ALL = `apiVersion: policy.portcullis.dev/v1alpha1
kind: PolicyBinding
metadata: { name: everything }
spec: { policies: ["*"], enforcement: deny }
---
apiVersion: policy.portcullis.dev/v1alpha1
kind: Exclusions
metadata: { name: nothing }
spec: { namespaces: [] }
`;

/** What `eval` makes of the files of a folder `objects`, under those of a folder `bindings`. */
async function judge(files: Files): Promise<EvalReport> {
  const folder = await temporaryFolder();
  await writeFiles(folder, files);
  const args = ["--policies", path.resolve("policies"), "--bindings", "bindings", "-o", "json", "objects"];
  const { stdout, stderr } = await portcullis(folder, ["eval", ...args]);
  if (stdout === "") throw new Error(stderr);
  return EvalReport.parse(JSON.parse(stdout));
}

/** The binding files of an overlay, as they are mounted. */
function bindingFiles(overlay: Overlay): Files {
  const { data } = find(overlay, ConfigMap, "ConfigMap", "portcullis-bindings");
  return Object.fromEntries(Object.entries(data).map(([file, text]) => [`bindings/${file}`, text]));
}

function titleOf({ kind, metadata }: Resource): string {
  return `${kind} ${metadata.name}`;
}

function titlesOf(name: string): readonly string[] {
  return buildOverlay(name).resources.map(titleOf);
}

built.each(OVERLAYS)("the overlay %s", (name) => {
  let overlay: Overlay;

  beforeAll(() => {
    overlay = buildOverlay(name);
  });

  test("puts everything that lives in a namespace into its own, and makes that first", () => {
    const clusterScoped = new Set(
      BUILT_IN_KINDS.filter(({ namespaced }) => !namespaced).map(({ kind }) => kind),
    );
    const wrong = overlay.resources.filter(
      ({ kind, metadata }) => metadata.namespace !== (clusterScoped.has(kind) ? undefined : NAMESPACE),
    );
    expect(wrong.map(titleOf)).toEqual([]);
    expect(overlay.resources.map(titleOf)[0]).toBe(`Namespace ${NAMESPACE}`);
  });

  test("has its namespace checked by Kubernetes itself, as no policy looks at it", () => {
    const namespace = overlay.resources.find(({ kind }) => kind === "Namespace");
    expect(namespace?.metadata.labels).toMatchObject({ "pod-security.kubernetes.io/enforce": "restricted" });
    expect(Object.keys(namespace?.metadata.labels ?? {})).not.toContain(DEFAULT_EXCLUSIONS.namespaceLabel);
  });

  test("labels everything as its own", () => {
    const without = overlay.resources.filter(
      ({ metadata }) => metadata.labels?.["app.kubernetes.io/name"] !== "portcullis",
    );
    expect(without.map(titleOf)).toEqual([]);
  });

  test("brings nothing that blocks before the server is there", () => {
    expect(overlay.resources.filter(({ kind }) => kind.endsWith("WebhookConfiguration"))).toEqual([]);
  });

  test("excludes the namespaces that must work without Portcullis, and no others", () => {
    const text = bindingFiles(overlay)["bindings/exclusions.yaml"] ?? "";
    const objects = readManifests("exclusions", text).manifests.map(({ value }) => Exclusions.parse(value));
    const certManager = overlay.resources.some(({ kind }) => kind === "Certificate") ? ["cert-manager"] : [];
    expect(objects.map(({ spec }) => spec)).toEqual([
      { ...DEFAULT_EXCLUSIONS, namespaces: [...DEFAULT_EXCLUSIONS.namespaces, NAMESPACE, ...certManager] },
    ]);
  });
});

built("overlays", () => {
  test("have the objects of the base under the same names, but local, which has no Pods", () => {
    const base = titlesOf("../base");
    const withPods = ["Deployment", "PodDisruptionBudget", "NetworkPolicy"].map(
      (kind) => `${kind} portcullis`,
    );
    const missing = OVERLAYS.map((name) => [name, base.filter((title) => !titlesOf(name).includes(title))]);
    expect(Object.fromEntries(missing)).toEqual({
      "cert-manager": [],
      kind: [],
      local: expect.arrayContaining([...withPods, "ResourceQuota portcullis-critical-pods"]),
      production: [],
    });
  });

  test("of a local control plane leave the Service a name for this computer, which translates no ports", () => {
    const { spec } = find(buildOverlay("local"), Service, "Service");
    expect(spec).toEqual({ type: "ExternalName", externalName: "localhost" });
  });

  test("and the Pods that they make pass every shipped policy under deny, with no exception", async () => {
    const texts = OVERLAYS.map((name) => [`objects/${name}.yaml`, buildOverlay(name).text] as const);
    const { results, problems } = await judge({
      ...Object.fromEntries(texts),
      "objects/pod.json": JSON.stringify(podOf(buildOverlay("production"))),
      "bindings/all.yaml": DENY_ALL,
    });
    expect(problems).toEqual([]);
    expect(results.flatMap(({ findings, errors }) => [...findings, ...errors])).toEqual([]);
    const judged = results.map(({ object }) => `${object.kind} ${object.name}`);
    expect(judged.toSorted()).toEqual([...OVERLAYS.flatMap(titlesOf), "Pod portcullis-1"].toSorted());
    expect(new Set(results.map(({ decision }) => decision))).toEqual(new Set(["allow"]));
    expect(results.flatMap(({ notes }) => notes).join()).not.toContain("excluded");
  });

  test("are not looked at by the server that they install", async () => {
    const base = buildOverlay("../base");
    const { results } = await judge({ ...bindingFiles(base), "objects/base.yaml": base.text });
    const service = results.find(({ object }) => object.kind === "Service");
    expect(service?.notes.join()).toContain(NAMESPACE);
  });
});

built("production", () => {
  let warns: readonly string[];
  let files: Files;

  beforeAll(async () => {
    files = bindingFiles(buildOverlay("production"));
    const index = await readFile("docs/policies/README.md", "utf8");
    warns = [...index.matchAll(/^\| \[([^\]]+)\]\([^)]*\) \| \w+ \| warn \|/gm)].map(([, id = ""]) => id);
  });

  test("promotes what is shipped as a warning", () => {
    const { manifests } = readManifests("promotion", files["bindings/promotion.yaml"] ?? "");
    const bindings = manifests.map(({ value }) => PolicyBinding.parse(value));
    const denied = bindings
      .filter(({ spec }) => spec.enforcement === "deny")
      .flatMap(({ spec }) => spec.policies.map((id) => new RegExp(`^${id.replaceAll("*", ".*")}$`)));
    // What patches is no finding, and is not promoted.
    const finding = warns.filter((id) => !/^(?:defaults|sidecars)\//.test(id));
    expect(finding.filter((id) => !denied.some((pattern) => pattern.test(id)))).toEqual([]);
    expect(finding).not.toHaveLength(0);
  });

  test("denies a Deployment that only gets warnings as shipped", async () => {
    const objects = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: nginx }] }
`;
    const shipped = await judge({
      ...bindingFiles(buildOverlay("cert-manager")),
      "objects/web.yaml": objects,
    });
    const promoted = await judge({ ...files, "objects/web.yaml": objects });
    expect([shipped.results[0]?.decision, promoted.results[0]?.decision]).toEqual(["allow", "deny"]);
    expect(shipped.results[0]?.findings).not.toHaveLength(0);
  });
});
