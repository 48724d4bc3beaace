import fc, { type Arbitrary } from "fast-check";
import { parseValue } from "../../../src/engine/parse.ts";
import { FIXED, type OperandSources, type Operands } from "./call-text.ts";
import type { Sample } from "./compare-batch.ts";
import type { Declaration, Type } from "./declaration.ts";
import { PACKAGE } from "./policy-text.ts";

/** Calls whose results are in no order, or never the same, as the body of an array comprehension over `x`. */
const BODIES: Readonly<Record<string, (call: string) => string>> = {
  // The parts that are no signature.
  "io.jwt.encode_sign": (call) => `x := array.slice(split(${call}, "."), 0, 2)`,
  "io.jwt.encode_sign_raw": (call) => `x := array.slice(split(${call}, "."), 0, 2)`,
  // OPA tells faults in the order of a hash map.
  "json.match_schema": (call) => `[ok, faults] := ${call}; x := [ok, {fault | fault := faults[_]}]`,
  "time.now_ns": (call) => `x := is_number(${call})`,
  "uuid.rfc4122": (call) => `x := count(${call})`,
  walk: (call) => `x := sort([y | ${call.replace(/\)$/, ", y)")}])`,
};

interface DrawnCall {
  readonly name: string;
  readonly types: readonly Type[];
  /** What stands in the policy; undefined for an operand that each input has another value for. */
  readonly written: readonly (string | undefined)[];
  /** All operands, for each input. */
  readonly given: readonly Operands[];
}

/**
 * A policy of version 0, which may call every builtin, with a list for each call: of what it gives, or empty where it is
 * undefined.
 */
export function callSample(
  declarations: readonly Declaration[],
  sources: OperandSources,
  inputs: number,
): Arbitrary<Sample> {
  const calls = declarations.map((declaration) => drawnCall(declaration, sources, inputs));
  return fc.tuple(...calls).map((drawn) => ({
    policy: policyOf(drawn),
    inputs: Array.from({ length: inputs }, (_, index) => inputOf(drawn, index)),
  }));
}

/** More often from the input, since that is another value each time. */
const oftenFromInput = fc.integer({ min: 0, max: 9 }).map((tenths) => tenths < 4);

function drawnCall(declaration: Declaration, sources: OperandSources, inputs: number): Arbitrary<DrawnCall> {
  const count = (declaration.decl.args ?? []).length;
  return fc
    .record({
      expressions: sources.expressions(declaration),
      isWritten: FIXED.has(declaration.name)
        ? fc.boolean().map((all) => Array.from({ length: count }, () => all))
        : fc.array(oftenFromInput, { minLength: count, maxLength: count }),
      given: fc.array(sources.values(declaration), { minLength: inputs, maxLength: inputs }),
    })
    .map(({ expressions, isWritten, given }) => ({
      name: declaration.name,
      types: declaration.decl.args ?? [],
      written: expressions.map((text, at) => (isWritten[at] === true ? text : undefined)),
      given,
    }));
}

function policyOf(calls: readonly DrawnCall[]): string {
  return [
    `package ${PACKAGE}`,
    ...calls.map((call, index) => `parts["${index} ${call.name}"] = [x | ${bodyOf(call, index)}]`),
    'answer = {"value": parts, "text": sprintf("%v", [parts])}',
    "",
  ].join("\n");
}

function bodyOf({ name, written, types }: DrawnCall, index: number): string {
  const operands = written.map((text, at) => text ?? fromInput(types[at], `input.calls[${index}][${at}]`));
  const call = `${name}(${operands.join(", ")})`;
  return BODIES[name]?.(call) ?? `x := ${call}`;
}

/** JSON has no sets: an array becomes one where the builtin takes nothing else, and one of sets where it takes these. */
function fromInput(type: Type | undefined, reference: string): string {
  if (type?.type !== "set") return reference;
  return type.of?.type === "set" ? `{{n | n := m[_]} | m := ${reference}[_]}` : `{m | m := ${reference}[_]}`;
}

/** Sets become arrays there. */
function inputOf(calls: readonly DrawnCall[], index: number): string {
  const operands = calls.map(({ written, given }) =>
    written.map((text, at) => (text === undefined ? parseValue(given[index]?.[at] ?? "null") : null)),
  );
  return JSON.stringify({ calls: operands });
}
