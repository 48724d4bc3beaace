/** What Kubernetes' own code says of Pods: `main.go` beside this file, which Go builds and keeps in its cache. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { onPath } from "../../../src/build/opa/locate.ts";
import { run, type Ended, type Environment } from "../../../src/build/opa/run.ts";

const SOURCES = fileURLToPath(new URL(".", import.meta.url));

/** By which standard a Pod is judged. */
export interface ByStandard {
  readonly level: "baseline" | "restricted";
  /** Such as `v1.37`. */
  readonly version: string;
  readonly pod: unknown;
}

/** By the labels of which namespace a Pod is judged, in one of the three modes of Pod Security admission. */
export interface ByLabels {
  readonly labels: Readonly<Record<string, string>>;
  readonly mode: "enforce" | "audit" | "warn";
  readonly pod: unknown;
}

export type Question = ByStandard | ByLabels;

const Verdict = z.strictObject({
  passed: z.array(z.string()),
  failed: z.array(z.string()),
  pod: z.record(z.string(), z.unknown()),
});

/** The ids of upstream's checks that apply, and the Pod as the API server hands it to a webhook. */
export type Verdict = z.infer<typeof Verdict>;

/** One verdict for each question, in their order. */
export type Judge = (questions: readonly Question[]) => Promise<readonly Verdict[]>;

/** Builds the program; Go downloads its modules if need be. Read: `PATH`; all of the environment goes to Go. */
export async function obtainJudge(
  environment: Environment,
): Promise<{ readonly judge: Judge } | { readonly failure: string }> {
  const [go] = await onPath(process.platform === "win32" ? "go.exe" : "go", environment);
  if (go === undefined) return { failure: "Go is not on the PATH" };
  const settings = { ...environment, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly" };
  const ask = (questions: readonly Question[]): Promise<Ended> =>
    withFile(questions, (file) => run(go, ["run", ".", file], { environment: settings, folder: SOURCES }));
  const tried = await ask([]);
  if (tried.code !== 0) return { failure: `\`go run\` failed: ${tried.stderr.trim()}` };
  const judge: Judge = async (questions) => {
    const ended = await ask(questions);
    if (ended.code !== 0) throw new Error(`main.go failed: ${ended.stderr}`);
    const lines = ended.stdout.split("\n").filter((line) => line !== "");
    return lines.map((line) => Verdict.parse(JSON.parse(line)));
  };
  return { judge };
}

async function withFile<T>(questions: readonly Question[], use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), "portcullis-pod-security-"));
  try {
    const file = path.join(folder, "questions.jsonl");
    await writeFile(file, questions.map((question) => `${JSON.stringify(question)}\n`).join(""));
    return await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
