import type { Surroundings } from "../admission/admit.ts";
import { answer } from "../admission/answer.ts";
import type { Stage } from "../admission/decision.ts";
import type { SynthesisOptions } from "../admission/synthesize.ts";
import { PortcullisError } from "../error.ts";
import { json } from "../report/json.ts";
import { pretty } from "../report/pretty.ts";
import type { EvalReport, ReportResult } from "../report/report.ts";
import type { LineEdit } from "../report/unified-diff.ts";
import { unknownVersionNote } from "../report/version-note.ts";
import { loadSurroundings } from "../workers/program.ts";
import { currentCall } from "../workers/current-call.ts";
import { evalExitCode, evalReport, type Judged } from "./eval-report.ts";
import { loadProgram, type PolicySources } from "./load-policies.ts";
import { patchSource } from "./manifest/edit/patch-source.ts";
import type { Manifest } from "./manifest/manifest.ts";
import { readInput, type Input } from "./manifest-input.ts";
import { progressOn, type Progress } from "./progress.ts";
import { customResourcesIn, namespacesIn, reviewInput } from "./review-input.ts";
import type { Environment, ProcessSurroundings } from "./surroundings.ts";

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
  const input = await readInput(options.paths, { stdin: streams.stdin, progress });
  const inventory = await readInput(options.inventory);
  const namespaces = namespacesIn([...inventory.manifests, ...input.manifests]);
  const { program, notes } = await loadProgram(options, namespaces, environment, progress.say);
  for (const note of notes) progress.say(`note: ${note}`);

  const surroundings = loadSurroundings(program);
  const { judged, problems } = judgeAll(input.manifests, surroundings, options, progress);
  progress.clear();
  const report = evalReport(
    {
      stage: options.stage,
      bundle: { revision: program.bundle.revision, policies: program.bundle.policies.length },
    },
    judged,
    [...inventory.problems, ...input.problems, ...problems, ...nothingToJudge(options, input)],
  );
  streams.stdout.write(render({ report, judged }, options, { environment, streams, sources: input.sources }));
  return evalExitCode(report);
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

function judgeAll(
  manifests: readonly Manifest[],
  surroundings: Surroundings,
  options: EvalOptions,
  progress: Progress,
): { readonly judged: readonly Judged[]; readonly problems: readonly PortcullisError[] } {
  const customResources = customResourcesIn(manifests);
  const judged: Judged[] = [];
  const problems: PortcullisError[] = [];
  for (const [index, manifest] of manifests.entries()) {
    progress.step(`evaluating ${index + 1}/${manifests.length}`);
    const result = judge(manifest, surroundings, { ...options, customResources, index });
    if (result instanceof PortcullisError) problems.push(result);
    else judged.push(result);
  }
  return { judged, problems };
}

interface JudgeOptions extends EvalOptions {
  readonly customResources: SynthesisOptions["customResources"];
  readonly index: number;
}

function judge(
  manifest: Manifest,
  surroundings: Surroundings,
  options: JudgeOptions,
): Judged | PortcullisError {
  const { operation, namespace, user, group, customResources, index, stage } = options;
  const { body, objectPath } = reviewInput(manifest, {
    uid: `eval-${index + 1}`,
    operation,
    namespace,
    userInfo: { username: user, groups: [...group, "system:authenticated"] },
    customResources,
  });
  const given = answer(body, stage, surroundings, currentCall());
  if (given.kind === "decided") {
    return { manifest, objectPath, answer: given, notes: unknownVersionNote(given.decision.request.kind) };
  }
  const { code, message, remedy } = given.error;
  const { file } = manifest.source;
  return new PortcullisError(code, {
    message,
    remedy,
    position: { file, ...manifest.locate([]) },
    cause: given.error,
  });
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
    judged.flatMap(({ manifest, objectPath, answer: { decision } }, index) => {
      const [result, source] = [results[index], sources.get(manifest.source.file)];
      if (result === undefined || source === undefined || decision.patch.length === 0) return [];
      const edit = patchSource(source, manifest, objectPath, decision.patch);
      return edit === undefined ? [] : [[result, edit] as const];
    }),
  );
}
