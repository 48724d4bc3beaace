import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadEngine } from "../../src/engine/load.ts";
import type { EvaluationResult } from "../../src/engine/engine.ts";
import { valueToRego } from "../../src/engine/format.ts";
import { parseValue } from "../../src/engine/parse.ts";
import { RegoSet, type RegoValue } from "../../src/engine/value.ts";
import { compileRego, runOpa } from "../compile-rego.ts";
import type { Reproduction } from "./exclusions.ts";

/** What OPA and what the engine make of a reproduction's rule, `answer`. */
export async function reproduce({
  rego,
  data,
}: Reproduction): Promise<{ readonly opa: string; readonly wasm: string }> {
  const module = ["package reproduction", rego, "answers contains answer", ""].join("\n");
  const { wasm } = await compileRego({ "reproduction.rego": module }, ["reproduction/answers"]);
  const engine = loadEngine({ wasm, data: JSON.stringify(data) });
  const session = engine.open({ now: 0n, seed: "" });
  const result = session.evaluate("reproduction/answers", { text: "{}", members: [], shared: false });
  return { opa: askOpa(module, data), wasm: answerOf(result) };
}

function askOpa(module: string, data: Reproduction["data"]): string {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-reproduction-"));
  try {
    writeFileSync(join(folder, "reproduction.rego"), module);
    writeFileSync(join(folder, "data.json"), JSON.stringify(data));
    const answers = parseValue(
      runOpa(["eval", "--format", "raw", "--data", ".", "data.reproduction.answers"], folder),
    );
    return firstOf(answers);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function answerOf(result: EvaluationResult): string {
  if (result.kind === "error") return "error";
  return firstOf(result.value instanceof RegoSet ? result.value.items : []);
}

function firstOf(answers: RegoValue): string {
  const first = isArray(answers) ? answers[0] : undefined;
  return first === undefined ? "undefined" : valueToRego(first);
}

function isArray(value: RegoValue): value is readonly RegoValue[] {
  return Array.isArray(value);
}
