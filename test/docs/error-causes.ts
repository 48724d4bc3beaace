/** Files that bring about the errors of docs/errors.md, with the names that its examples have. */
import type { Files } from "../policy-folder.ts";

function lines(...all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}

const BOMB = Array.from({ length: 6 }, (_, depth) => {
  const item = depth === 0 ? "x" : `*a${depth - 1}`;
  return `a${depth}: &a${depth} [${Array.from({ length: 10 }, () => item).join(",")}]`;
});

function binding(...policies: readonly string[]): string {
  return lines(
    "apiVersion: policy.portcullis.dev/v1alpha1",
    "kind: PolicyBinding",
    "metadata: { name: shop }",
    "spec:",
    ...policies,
  );
}

const NOWHERE = {
  clusters: [{ name: "nowhere", cluster: { server: "https://127.0.0.1:1" } }],
  users: [{ name: "me", user: { token: "t" } }],
  contexts: [{ name: "nowhere", context: { cluster: "nowhere", user: "me" } }],
  "current-context": "nowhere",
};

export const MANIFESTS: Files = {
  kubeconfig: JSON.stringify(NOWHERE),
  "good.yaml": lines(
    "apiVersion: apps/v1",
    "kind: Deployment",
    "metadata: { name: web, namespace: shop }",
    "spec: { replicas: 3 }",
  ),
  "deploy/README": "",
  "app.yaml": lines(
    "apiVersion: v1",
    "kind: Pod",
    "metadata:",
    "  name: web",
    "  labels: {app: web",
    "spec:",
    "  containers: []",
  ),
  "pods.yaml": lines("- apiVersion: v1", "  kind: Pod"),
  "values.yaml": lines("image:", "  tag: v1"),
  "deployment.yaml": lines(
    "apiVersion: apps/v1",
    "kind: Deployment",
    "metadata:",
    "  name: {{ .Release.Name }}",
    "spec: {}",
  ),
  "bomb.yaml": lines("apiVersion: v1", "kind: ConfigMap", "metadata: {name: bomb}", ...BOMB),
  "deep.json": `${'{"a":'.repeat(10_001)}1${"}".repeat(10_001)}`,
  "invalid/b.yaml": binding("  policies: [labels/required]", "  enforcment: deny"),
  "unknown/b.yaml": binding("  policies: [labels/requierd]"),
  "twice/b.yaml": binding("  policies: [labels/required]", "---").repeat(2),
};

const RULE = 'deny contains "x" if input.request.object';

/** A policy that does not look whether another one has set the label. */
function tier(value: string): string {
  return lines(
    `package shop.tier_${value}`,
    "",
    `patch contains {"op": "add", "path": "/metadata/labels/tier", "value": "${value}"} if {`,
    '\tinput.request.kind.kind == "Deployment"',
    "}",
  );
}

export const POLICIES: Files = {
  "good/labels/required.rego": lines("package labels.required", "", RULE),
  "good/pod-security/capabilities.rego": lines("package capabilities", "", RULE),
  "refused/policies/shop/limits.rego": lines(
    "package shop.limits",
    "",
    "deny contains msg if {",
    "\ttoo_many(input.request.object)",
    '\tmsg := "too many"',
    "}",
  ),
  "refused/policies/shop/owner.rego": lines(
    "# METADATA",
    "# custom:",
    "#   severty: high",
    "package shop.owner",
    "",
    RULE,
  ),
  "refused/policies/shop/replicas.rego": lines(
    "package shop.replicas",
    "",
    "deny if input.request.object.spec.replicas > 3",
  ),
  "refused/policies/shop/ports.rego": lines("package shop.ports", "", 'denny contains "x" if input.request'),
  "refused/policies/shop/names.rego": lines(
    "package shop.names",
    "",
    RULE,
    "",
    "deny_root contains input.request.name",
  ),
  "data/policies/shop/limits.rego": lines("package shop.limits", "", RULE),
  "data/policies/shop/data.json": "{",
  "refused/policies/shop/images.rego": lines(
    "package shop.images",
    "",
    "deny contains [name | name = input.request.name] if {",
    '\tevery image in input.request.object.images { name = image; name != "" }',
    "}",
  ),
  "refused/policies/shop/quota.rego": lines(
    "package shop.quota",
    "",
    "deny contains msg if {",
    '\tquota := http.send({"method": "get", "url": "http://quota/"})',
    "\tmsg := quota.body.message",
    "}",
  ),
  "refused/policies/shop/probes.rego": lines("package shop.probes", "", RULE),
  "refused/policies/shop/more/probes.rego": lines("package shop.more.probes", "", RULE),
  "refused/policies/shop/max replicas.rego": lines("package shop.max_replicas", "", RULE),
  "unclear/policies/shop/spare.rego": lines(
    "package shop.spare",
    "",
    "deny contains msg if {",
    '\tinput.request.operation == "CREATE"',
    "\tinput.spec.replicas > 3",
    '\tmsg := "too many"',
    "}",
  ),
  "placeless/shop/spare.rego": lines(
    "package shop.spare",
    "",
    'deny contains "no" if input.request.operation == "CREATE"',
  ),
  "failing/shop/paused.rego": lines(
    "package shop.paused",
    "",
    'patch contains {"op": "replace", "path": "/spec/paused", "value": true} if {',
    '\tinput.request.kind.kind == "Deployment"',
    "}",
  ),
  "failing/shop/tier-front.rego": tier("front"),
  "failing/shop/tier-back.rego": tier("back"),
  "failing/shop/limits.rego": lines(
    "package shop.limits",
    "",
    "deny contains msg if {",
    '\tinput.request.kind.kind == "Deployment"',
    "\tn := limit(input.request.object.metadata.name)",
    '\tmsg := sprintf("at most %d", [n])',
    "}",
    "limit(name) := 3 if count(name) > 1",
    "limit(name) := 5 if count(name) > 2",
  ),
  "failing/shop/range.rego": lines(
    "package shop.range",
    "",
    "deny contains address if {",
    '\tinput.request.kind.kind == "Deployment"',
    '\tsome address in net.cidr_expand("10.0.0.0/8")',
    "}",
  ),
  "failing/shop/replicas.rego": lines(
    "package shop.replicas",
    "",
    "deny contains violation if {",
    '\tinput.request.kind.kind == "Deployment"',
    '\tviolation := {"text": "too many"}',
    "}",
  ),
};
