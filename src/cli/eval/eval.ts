import type { Stage } from "../../admission/decision.ts";
import type { PrintedLine } from "../../admission/notes.ts";
import type { SynthesisOptions } from "../../admission/synthesize.ts";
import { PortcullisError } from "../../error.ts";
import { json } from "../../report/json.ts";
import { pretty } from "../../report/pretty.ts";
import { printable } from "../../report/printable.ts";
import type { EvalReport, ReportResult } from "../../report/report.ts";
import type { LineEdit } from "../../report/unified-diff.ts";
import type { ErrorFields } from "../../workers/error-fields.ts";
import { patchOf } from "../../workers/judgement.ts";
import { evalExitCode, evalReport, type Judged } from "./report.ts";
import { Judges, type JudgedManifest, type JudgesOptions } from "./judges.ts";
import { loadProgram, type PolicySources } from "../load-policies.ts";
import { patchSource } from "../manifest/edit/patch-source.ts";
import { sizeOf } from "../manifest/files.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { readInput, type Input } from "../manifest-input.ts";
import { progressOn, type Progress } from "../progress.ts";
import { namespacesIn } from "../review-input.ts";
import type { Environment, ProcessSurroundings } from "../surroundings.ts";

export interface EvalOptions extends PolicySources {
  /** Files and folders with manifests; `-` is standard input. */
  readonly paths: readonly string[];
  readonly inventory: readonly string[];
  readonly namespace: string;
  readonly operation: SynthesisOptions["operation"];
  readonly user: string;
  readonly group: readonly string[];
  readonly stage: Stage;
  readonly output: "pretty" | "json";
}

/** Judges manifests as the server would, prints the report and gives the exit code. */
export async function evalCommand(
  options: EvalOptions,
  environment: Environment,
  streams: ProcessSurroundings,
): Promise<number> {
  const progress = progressOn(streams.stderr, Date.now);
  const { program, notes } = await loadProgram(options, new Map(), environment, progress.say);
  for (const note of notes) progress.say(`note: ${note}`);

  const inventory = await readInput(options.inventory);
  const namespaces = namespacesIn(inventory.manifests);
  const judges = new Judges({ ...program, namespaces }, judgesOptions(options, progress));
  try {
    judges.expect(sizeOf(options.paths));
    const found = (manifests: readonly Manifest[]): void => judges.add(manifests);
    const input = await readInput(options.paths, { stdin: streams.stdin, progress, found });
    const { judged, problems } = await judgedManifests(
      judges.results(),
      (count) =>
        progress.step(`evaluating ${Math.min(count + 1, input.manifests.length)}/${input.manifests.length}`),
      (manifest, line) => progress.say(printLine(manifest, line)),
    );
    progress.clear();
    const report = evalReport(
      {
        stage: options.stage,
        bundle: { revision: program.bundle.revision, policies: program.bundle.policies.length },
      },
      judged,
      [...inventory.problems, ...input.problems, ...problems, ...nothingToJudge(options, input)],
    );
    streams.stdout.write(
      render({ report, judged }, options, { environment, streams, sources: input.sources }),
    );
    return evalExitCode(report);
  } finally {
    await judges.end();
  }
}

/** A check that has nothing to check must not pass: what should have made the manifests may have failed. */
function nothingToJudge({ paths }: EvalOptions, { manifests, problems }: Input): readonly PortcullisError[] {
  if (manifests.length > 0 || problems.length > 0) return [];
  return [
    new PortcullisError("INPUT_EMPTY", {
      message: `There is no object in ${paths.map((path) => (path === "-" ? "standard input" : path)).join(", ")}.`,
      remedy: "Check the command or the path that should give the manifests.",
      position: { file: paths[0] ?? "-", line: 1, column: 1 },
    }),
  ];
}

function judgesOptions(
  { stage, operation, namespace, user, group }: EvalOptions,
  progress: Progress,
): JudgesOptions {
  const userInfo = { username: user, groups: [...group, "system:authenticated"] };
  const replaced = (why: string): void => progress.say(`note: a thread was replaced: ${why}`);
  return { stage, operation, namespace, userInfo, replaced };
}

/** What a policy prints, one line each with the object that it was evaluated for. */
function printLine({ source }: Manifest, { policy, rule, text }: PrintedLine): string {
  return printable(`print: ${source.file}:${source.line}: ${policy} ${rule}: ${text}`);
}

/** `decided` is told how many are decided. Throws what is a fault of Portcullis. */
async function judgedManifests(
  results: AsyncIterable<JudgedManifest>,
  decided: (count: number) => void,
  printed: (manifest: Manifest, line: PrintedLine) => void,
): Promise<{ readonly judged: readonly Judged[]; readonly problems: readonly PortcullisError[] }> {
  const judged: Judged[] = [];
  const problems: PortcullisError[] = [];
  decided(0);
  for await (const { manifest, objectPath, result } of results) {
    if (result.kind === "rejected") problems.push(problem(manifest, result.error));
    else {
      const { judgement } = result;
      for (const line of judgement.notes?.printed ?? []) printed(manifest, line);
      judged.push({ manifest, objectPath, judgement, patch: patchOf(judgement) });
    }
    decided(judged.length + problems.length);
  }
  return { judged, problems };
}

function problem(manifest: Manifest, { code, message, remedy, cause }: ErrorFields): PortcullisError {
  if (code === "INTERNAL") throw new Error(cause ?? message);
  const position = { file: manifest.source.file, ...manifest.locate([]) };
  return new PortcullisError(code, { message, remedy, position });
}

interface Rendering {
  readonly environment: Environment;
  readonly streams: ProcessSurroundings;
  readonly sources: ReadonlyMap<string, string>;
}

function render(
  { report, judged }: { readonly report: EvalReport; readonly judged: readonly Judged[] },
  { output }: EvalOptions,
  { environment, streams, sources }: Rendering,
): string {
  if (output === "json") return json(report);
  const color = streams.stdout.isTTY === true && !environment.noColor;
  return pretty(report, { sources, edits: editsOf(report, judged, sources), color });
}

/** What patches do to the user's own lines. */
function editsOf(
  { results }: EvalReport,
  judged: readonly Judged[],
  sources: ReadonlyMap<string, string>,
): ReadonlyMap<ReportResult, LineEdit> {
  return new Map(
    judged.flatMap(({ manifest, objectPath, patch }, index) => {
      const [result, source] = [results[index], sources.get(manifest.source.file)];
      if (result === undefined || source === undefined || patch.length === 0) return [];
      const edit = patchSource(source, manifest, objectPath, patch);
      return edit === undefined ? [] : [[result, edit] as const];
    }),
  );
}
