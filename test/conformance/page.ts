import { OPA_VERSION } from "../../src/build/opa/release.ts";
import { CLASSES, type Exclusion } from "./exclusions.ts";
import type { TestCase } from "./test-case.ts";
import { type Verdict, VERDICTS } from "./verdict.ts";

export type Verdicts = ReadonlyMap<TestCase, Verdict>;

const CLASS_TEXTS: Readonly<Record<Exclusion["class"], string>> = {
  io: "needs the network",
  "host-specific": "asks for what only another host has",
  "upstream-wasm-bug": "OPA's own WebAssembly gives another result than `opa eval`",
};

/** The page `docs/conformance.md`: what came of OPA's own cases. */
export function conformancePage(verdicts: Verdicts, exclusions: readonly Exclusion[]): string {
  const count = (kind: Verdict["kind"]): number => ofKind(verdicts, kind).length;
  const notYet = count("not yet") === 0 ? "" : `${count("not yet")} need a builtin that is not there yet, `;
  return [
    "# Conformance with OPA",
    "",
    "<!-- Written by the conformance test with UPDATE_TABLES=true; changes here are lost. -->",
    "",
    `The ${verdicts.size} cases that OPA ${OPA_VERSION} tests itself with (\`v1/test/cases/testdata\`), Rego v0 and v1, through`,
    `Portcullis' build and engine: **${count("passed")} passed, ${count("failed")} failed**, ${notYet}${count("excluded")} are excluded for the`,
    "reasons below. Results are compared exactly: numbers by all their digits, sets as sets. Where OPA in strict mode gives",
    "the error of a builtin, the expression must be undefined, as it is in OPA without that mode.",
    "",
    ...byFolder(verdicts),
    ...missingBuiltins(verdicts),
    ...excluded(verdicts, exclusions),
  ].join("\n");
}

function byFolder(verdicts: Verdicts): readonly string[] {
  const folders = Map.groupBy(verdicts, ([{ folder }]) => folder);
  const rows = [...folders]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([folder, entries]) => {
      const counts = VERDICTS.map((kind) => entries.filter(([, verdict]) => verdict.kind === kind).length);
      return [
        folder,
        String(entries.length),
        ...counts.map((number) => (number === 0 ? "" : String(number))),
      ];
    });
  return ["## By folder", "", ...table(["folder", "cases", ...VERDICTS], rows), ""];
}

function missingBuiltins(verdicts: Verdicts): readonly string[] {
  const names = ofKind(verdicts, "not yet").flatMap((verdict) =>
    verdict.kind === "not yet" ? verdict.builtins : [],
  );
  if (names.length === 0) return [];
  const rows = [...Map.groupBy(names, (name) => name)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, uses]) => [`\`${name}\``, String(uses.length)]);
  return ["## Builtins that are not there yet", "", ...table(["builtin", "cases"], rows), ""];
}

function excluded(verdicts: Verdicts, exclusions: readonly Exclusion[]): readonly string[] {
  const used = ofKind(verdicts, "excluded");
  const sections = CLASSES.flatMap((name) => {
    const items = exclusions
      .filter((exclusion) => exclusion.class === name)
      .map((exclusion) => {
        const cases = used.filter(
          (verdict) => verdict.kind === "excluded" && verdict.exclusion === exclusion,
        );
        return `- ${[exclusion.reason, details(exclusion), found(cases.length)].filter((text) => text !== "").join(" ")}`;
      });
    return [`\`${name}\`: ${CLASS_TEXTS[name]}.`, "", ...items, ""];
  });
  return ["## Excluded", "", "`test/conformance/exclusions.json` names the cases.", "", ...sections];
}

function details({ builtins, reproduction }: Exclusion): string {
  if (reproduction === undefined) return builtins.map((name) => `\`${name}\``).join(", ");
  const { rego, opa, wasm } = reproduction;
  return `\`${rego.replaceAll("\n", "; ")}\` is ${verdictOf(opa)} in OPA, ${verdictOf(wasm)} in WebAssembly.`;
}

function found(cases: number): string {
  return cases === 0 ? "Found by the differential test." : `(${cases} cases)`;
}

function verdictOf(result: string): string {
  if (result === "error") return "an error";
  return result === "undefined" ? "undefined" : `\`${result}\``;
}

function ofKind(verdicts: Verdicts, kind: Verdict["kind"]): readonly Verdict[] {
  return [...verdicts.values()].filter((verdict) => verdict.kind === kind);
}

/** Columns as wide as their widest cell, as the formatter leaves them. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, 3, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}
