import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { opaFailed } from "../../../src/build/opa-errors.ts";
import { stage, withWorkspace, type Workspace } from "../../../src/build/workspace.ts";
import type { LoadedEngine } from "../../../src/engine/engine.ts";
import { PortcullisError } from "../../../src/error.ts";
import { quote } from "../../../src/engine/builtins/go-fmt/quote.ts";
import { formatValue } from "../../../src/engine/format.ts";
import { loadEngine } from "../../../src/engine/load.ts";
import { parseValue } from "../../../src/engine/parse.ts";
import { RegoObject, type RegoValue } from "../../../src/engine/value.ts";
import {
  compileStaged,
  flagsOf,
  refusedBy,
  sourcesOf,
  type Staged,
  writeCapabilities,
} from "../compile-staged.ts";
import type { Dialect } from "../test-case.ts";
import { PACKAGE } from "./policy-text.ts";

/** A policy with the inputs that it is evaluated for. */
export interface Sample {
  readonly policy: string;
  /** JSON text. */
  readonly inputs: readonly string[];
}

interface Difference {
  readonly policy: string;
  readonly input: string;
  /** The answers as Rego, `undefined`, or `error: …`. */
  readonly opa: string;
  readonly engine: string;
}

export interface Comparison {
  /** What the engine gave for each pair of policy and input: a value, undefined, or an error. */
  readonly answers: readonly (RegoValue | undefined | Error)[];
  readonly differences: readonly Difference[];
  /** What the compiler says of the policies that it does not accept. */
  readonly refused: readonly string[];
}

/** Base documents of all policies. */
const DATA = '{"base": {"list": [1, "b", [2.50]], "sizes": {"a": 1, "b": 1e3}, "name": "Überall"}}';

/**
 * OPA 1.22 fails by itself where a comprehension in a function compares a parameter with the result of a function, as in
 * `f(x) := [y | y := count({x: 1}); g(2) == x]`: it takes the parameter for what the call sets, and reaches the other
 * calls with it unset. OPA's own source names the error a bug in OPA (`unevaluatedOperandErr`); there is no answer.
 */
const UNEVALUATED_OPERAND = /^built-in function \S+ called with operand \d+ that requires evaluation: /;
const UNEVALUATED = "error: unevaluated operand";

/** Evaluates the policy that the input names. The import makes it valid in both dialects. */
const DRIVER = `package driver
import rego.v1
answer := answer if {
	name := input.name
	given := input.given
	answer := data.samples[name].answer with input as given
}
`;

interface NamedSample extends Sample, Staged {
  readonly name: string;
}

interface Pair extends NamedSample {
  readonly input: string;
}

/** Evaluates every policy for each of its inputs with OPA and with the engine: one build, one run. `opa` is OPA's path. */
export function compareBatch(
  opa: string,
  samples: readonly Sample[],
  dialect: Dialect = "v1",
): Promise<Comparison> {
  const flags = flagsOf(dialect);
  const named = samples.map((sample, index) => nameSample(sample, `sample${index}`));
  return withWorkspace(opa, "", sourcesOf(named), async (workspace) => {
    await writeCapabilities(workspace);
    const refused = await refusedBy(workspace, named, flags);
    for (const { files } of refused.keys())
      for (const file of Object.keys(files)) await rm(join(workspace.folder, file));
    const accepted = named.filter((sample) => !refused.has(sample));
    const engine = loadEngine({ wasm: await compileStaged(workspace, accepted, [], flags), data: DATA });
    const pairs = accepted.flatMap((sample) => sample.inputs.map((input) => ({ ...sample, input })));
    const answers = pairs.map((pair) => evaluate(engine, pair));
    const expected = await askOpa(workspace, pairs, flags);
    const differences = pairs.flatMap(({ policy, input }, index) => {
      const [theirs, ours] = [expected[index] ?? "missing", textOf(answers[index])];
      const isSame = theirs === UNEVALUATED || areSame(theirs, ours) || isLimit(answers[index]);
      return isSame ? [] : [{ policy, input, opa: theirs, engine: ours }];
    });
    return { answers, differences, refused: [...refused.values()] };
  });
}

function nameSample(sample: Sample, name: string): NamedSample {
  const module = sample.policy.replace(PACKAGE, `samples.${name}`);
  return { ...sample, name, files: { [`${name}.rego`]: module }, entrypoint: `samples/${name}/answer` };
}

function evaluate(engine: LoadedEngine, { entrypoint, input }: Pair): RegoValue | undefined | Error {
  const session = engine.open({ now: BigInt(Date.now()) * 1_000_000n, seed: "" });
  const result = session.evaluate(entrypoint, { text: input, members: [], shared: false });
  return result.kind === "value" ? result.value : result.error;
}

/** The text that the policy makes of its value, if the value that left the engine is the same. */
function textOf(answer: RegoValue | undefined | Error): string {
  if (answer instanceof Error) return `error: ${answer.message}`;
  if (!(answer instanceof RegoObject)) return "undefined";
  const [text, value] = [answer.get("text"), answer.get("value")];
  const given = value === undefined ? "nothing" : formatValue(value, quote);
  return text === given ? given : `${JSON.stringify(text)}, but the value is ${given}`;
}

/** What OPA gives for each pair: a file of input for each, and one run. */
async function askOpa(
  workspace: Workspace,
  pairs: readonly Pair[],
  flags: readonly string[],
): Promise<readonly string[]> {
  const encoder = new TextEncoder();
  await stage(workspace, [
    { path: "driver.rego", content: encoder.encode(DRIVER) },
    { path: "data.json", content: encoder.encode(DATA) },
  ]);
  const inputs = join(dirname(workspace.bundleFile), "inputs");
  await mkdir(inputs);
  for (const [index, { name, input }] of pairs.entries())
    await writeFile(join(inputs, `${index}.json`), `{"name": "${name}", "given": ${input}}`);
  const ended = await workspace.opa([
    "exec",
    ...flags,
    "--bundle",
    ".",
    "--decision",
    "driver/answer",
    inputs,
  ]);
  if (ended.code !== 0) throw opaFailed(ended);
  const texts: string[] = [];
  for (const [path, text] of resultsIn(ended.stdout)) texts[Number(basename(path, ".json"))] = text;
  return texts;
}

/** The results of `opa exec` by the path of the input. */
function resultsIn(output: string): readonly (readonly [path: string, text: string])[] {
  const document = parseValue(output);
  const results = document instanceof RegoObject ? document.get("result") : undefined;
  return (isArray(results) ? results : []).flatMap((result) => {
    const path = result instanceof RegoObject ? result.get("path") : undefined;
    return result instanceof RegoObject && typeof path === "string" ? [[path, resultText(result)]] : [];
  });
}

function resultText(result: RegoObject): string {
  const [answer, error] = [result.get("result"), result.get("error")];
  const text = answer instanceof RegoObject ? answer.get("text") : undefined;
  if (typeof text === "string") return text;
  const [code, message] =
    error instanceof RegoObject ? [error.get("code"), error.get("message")] : [undefined, undefined];
  if (code === "eval_internal_error" && typeof message === "string" && UNEVALUATED_OPERAND.test(message))
    return UNEVALUATED;
  return code === "opa_undefined_error" ? "undefined" : `error: ${JSON.stringify(code)}`;
}

function areSame(theirs: string, ours: string): boolean {
  return theirs === ours || (theirs.startsWith("error: ") && ours.startsWith("error: "));
}

/** Of the engine, which says so. OPA has none there. */
function isLimit(answer: RegoValue | undefined | Error): boolean {
  return answer instanceof PortcullisError && answer.code === "EVALUATION_LIMIT";
}

function isArray(value: RegoValue | undefined): value is readonly RegoValue[] {
  return Array.isArray(value);
}
