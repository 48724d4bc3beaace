import { describe, expect, test } from "@jest/globals";
import { pretty } from "./pretty.ts";
import type { EvalReport, ReportFinding, ReportResult } from "./report.ts";

const SHOP = `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
    - name: web
      securityContext:
        privileged: true
`;

const privileged: ReportFinding = {
  policy: "pod-security/privileged",
  rule: "deny",
  enforcement: "deny",
  severity: "critical",
  message: 'Container "web" runs privileged.',
  field: "spec.containers[0].securityContext.privileged",
  source: { file: "shop.yaml", line: 8, column: 9 },
  remediation: "Remove `privileged: true`.",
};
const denied: ReportResult = {
  source: { file: "shop.yaml", document: 1, line: 1 },
  object: { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "web" },
  operation: "CREATE",
  decision: "deny",
  message: "…",
  warnings: [],
  findings: [privileged],
  errors: [],
  mutations: [],
  patch: [],
  notes: [],
};
const allowed: ReportResult = { ...denied, decision: "allow", findings: [] };

function report(results: readonly ReportResult[], rest: Partial<EvalReport> = {}): EvalReport {
  return {
    apiVersion: "policy.portcullis.dev/v1alpha1",
    kind: "EvalReport",
    stage: "both",
    bundle: { revision: `sha256:${"ab12".repeat(16)}`, policies: 13 },
    summary: { objects: 12, allowed: 9, denied: 3, errors: 0, violations: 5, warnings: 1, mutated: 0 },
    results,
    problems: [],
    ...rest,
  };
}

function shown(results: readonly ReportResult[], rest: Partial<EvalReport> = {}): string {
  return pretty(report(results, rest), {
    sources: new Map([["shop.yaml", SHOP]]),
    edits: new Map(),
    color: false,
  });
}

/** The last two blocks. */
function end(results: readonly ReportResult[]): string {
  return shown(results).trimEnd().split("\n\n").slice(-2).join("|");
}

describe("the pretty report", () => {
  test("shows place, code, policy, message and fix of a denial, then the numbers", () => {
    expect(shown([denied, allowed])).toBe(`✗ denied Pod shop/web  shop.yaml:1

  shop.yaml:8:9
      6 |     - name: web
      7 |       securityContext:
    > 8 |         privileged: true
        |         ^^^^^^^^^^
  ✗ deny critical  pod-security/privileged  spec.containers[0].securityContext.privileged
    Container "web" runs privileged.
    fix: Remove \`privileged: true\`.

12 objects: 9 allowed, 3 denied, 0 errors; 5 violations, 1 warning · bundle sha256:ab12ab12ab12… (13 policies)
`);
  });

  test("says of an existing violation why it does not deny", () => {
    const existing: ReportFinding = { ...privileged, enforcement: "warn", existing: true };
    const updated: ReportResult = { ...allowed, operation: "UPDATE", findings: [existing] };
    expect(shown([updated])).toContain(`! allowed with warnings Pod shop/web (UPDATE)  shop.yaml:1`);
    expect(shown([updated])).toContain(`
    Container "web" runs privileged.
    existing violation: it was so before this update
    fix: `);
  });

  test("shows who mutates an object and how, as a diff of its file", () => {
    const mutated: ReportResult = {
      ...allowed,
      patch: [{ op: "add", path: "/metadata/labels", value: { team: "shop" } }],
      mutations: [
        { policy: "defaults/owner-labels", result: "patched" },
        { policy: "defaults/seccomp", result: "unchanged" },
      ],
    };
    const after = SHOP.replace("namespace: shop}", "namespace: shop, labels: {team: shop}}");
    const edits = new Map([[mutated, { line: 1, before: SHOP, after }]]);
    const numbers = { ...report([]).summary, mutated: 1 };
    expect(pretty(report([mutated], { summary: numbers }), { sources: new Map(), edits, color: false }))
      .toBe(`✓ allowed, mutated Pod shop/web  shop.yaml:1

  ~ mutated by defaults/owner-labels
  --- shop.yaml
  +++ shop.yaml\t(mutated)
  @@ -1,6 +1,6 @@
   apiVersion: v1
   kind: Pod
  -metadata: {name: web, namespace: shop}
  +metadata: {name: web, namespace: shop, labels: {team: shop}}
   spec:
     containers:
       - name: web

12 objects: 9 allowed, 3 denied, 0 errors; 5 violations, 1 warning, 1 mutated · bundle sha256:ab12ab12ab12… (13 policies)
`);
  });

  test("names those that are kept out once more at the end of a long report", () => {
    const many = Array.from({ length: 4 }, () => ({
      ...allowed,
      findings: [{ ...privileged, enforcement: "warn" as const }],
    }));
    expect(end([denied, ...many])).toMatch(/^✗ denied Pod shop\/web  shop\.yaml:1\|12 objects/);
    expect(end([denied, ...many.slice(1)])).not.toMatch(/✗ denied/);
    expect(end(Array.from({ length: 23 }, () => denied))).toMatch(/\nand 3 more\|12 objects/);
  });

  test("says of what a patch brought that it is not in the file", () => {
    const text = shown([{ ...denied, findings: [{ ...privileged, patchedBy: ["sidecars/container"] }] }]);
    expect(text).toContain("not in your file: brought by sidecars/container\n");
  });

  test("says that nothing was judged where only patches were asked for", () => {
    const patch = [{ op: "remove", path: "/spec/hostNetwork" }] as const;
    const text = shown([{ ...allowed, patch }], { stage: "mutate" });
    expect(text).toMatch(/^✓ mutated Pod shop\/web/);
    expect(text).toContain("12 objects: not judged (--stage mutate), 9 allowed");
  });

  test("lists the operations of a patch whose file cannot be edited", () => {
    const patch = [
      { op: "add", path: "/metadata/labels", value: { team: "\u001bshop" } },
      { op: "remove", path: "/spec/hostNetwork" },
    ] as const;
    const text = shown([{ ...allowed, patch, mutations: [{ policy: "a/b", result: "patched" }] }]);
    expect(text).toContain(
      '  ~ mutated by a/b\n  add /metadata/labels {"team":"\\u001bshop"}\n  remove /spec/hostNetwork\n',
    );
  });

  test("findings at one place share one code frame", () => {
    const text = shown([{ ...denied, findings: [privileged, { ...privileged, policy: "x/y" }] }]);
    expect(text.split("shop.yaml:8:9")).toHaveLength(2);
    expect(text).toContain("✗ deny critical  x/y");
  });

  test("a warning, a denial and a policy error have different marks and words", () => {
    const warned = { ...allowed, findings: [{ ...privileged, enforcement: "warn" as const }] };
    const failed: ReportResult = {
      ...allowed,
      decision: "error",
      errors: [
        { policy: "a/b", code: "EVALUATION_FAILED", message: "It broke.", remedy: "Mend it.", blocks: true },
      ],
    };
    const text = shown([denied, warned, failed]);
    expect(text).toContain("✗ denied Pod shop/web");
    expect(text).toContain("! allowed with warnings Pod shop/web");
    expect(text).toContain("! warn critical  pod-security/privileged");
    expect(text).toContain(`? could not be judged Pod shop/web  shop.yaml:1

  shop.yaml:1:1
  ? policy error EVALUATION_FAILED  a/b  keeps the object out
    It broke.
    fix: Mend it.`);
  });

  test("input that could not be read has its place, code and remedy, and is counted", () => {
    const problem = { code: "MANIFEST_INVALID", file: "shop.yaml", line: 3, column: 11 } as const;
    const text = shown([], { problems: [{ ...problem, message: "It is no YAML.", remedy: "Mend it." }] });
    expect(text).toContain(`? not read MANIFEST_INVALID
  shop.yaml:3:11
      1 | apiVersion: v1
      2 | kind: Pod
    > 3 | metadata: {name: web, namespace: shop}
        |           ^
      4 | spec:
  It is no YAML.
  fix: Mend it.`);
    expect(text).toContain("1 problem in the input");
  });

  test("equal notes of objects without findings are told once", () => {
    const excluded = { ...allowed, notes: ["namespace kube-system is excluded"] };
    expect(shown(Array.from({ length: 5 }, () => excluded))).toMatch(
      /^note: namespace kube-system is excluded \(Pod shop\/web, Pod shop\/web, Pod shop\/web and 2 more\)\n\n12/,
    );
  });

  test("a hostile manifest cannot write to the terminal or fake a line at the margin", () => {
    const text = shown([
      {
        ...denied,
        object: { ...denied.object, name: "web\u001b[2J" },
        findings: [{ ...privileged, message: "bad\u001b[1A\n✓ allowed Pod shop/web", field: "spec\u202e" }],
      },
    ]);
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text).not.toMatch(/^✓/m);
  });

  test("without the source of a file the place is named and nothing is guessed", () => {
    const text = pretty(report([denied]), { sources: new Map(), edits: new Map(), color: false });
    expect(text).toContain("  shop.yaml:8:9\n  ✗ deny critical");
  });

  test("color adds nothing but color", () => {
    const sources = new Map([["shop.yaml", SHOP]]);
    const colored = pretty(report([denied]), { sources, edits: new Map(), color: true });
    expect(colored).toContain("\u001b[31m");
    // oxlint-disable-next-line no-control-regex -- SGR sequences begin with a control character
    expect(colored.replaceAll(/\u001b\[\d+m/g, "")).toBe(
      pretty(report([denied]), { sources, edits: new Map(), color: false }),
    );
  });
});
