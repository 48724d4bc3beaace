import { join } from "node:path";
import { RegoSet, type RegoValue, sortDistinct, valueToRego } from "../engine/index.ts";
import { contrastOf } from "./contrast.ts";
import type { Operand } from "./body-step.ts";
import type { Probe, StepProbes } from "./explain-probes.ts";
import { layOut } from "./rego-layout.ts";
import { indexOf, type RegoFile } from "./rego-file.ts";
import type { Location } from "./rego-tree.ts";
import type { Contrast, TestFailure, TestPosition } from "./test-result.ts";

/** What a probe gave: a set; undefined if it was not accepted or could not be evaluated. */
export type ProbeValue = RegoValue | undefined;

export interface ExplainContext {
  readonly valueOf: (probe: Probe) => ProbeValue;
  /** Of a case of a table, as `valueToRego` writes its list of keys. */
  readonly caseKeys: string | undefined;
  readonly file: RegoFile;
  readonly root: string;
}

/** So many values of one operand are shown: those of the ways in which the steps before it hold. */
const MAX_VALUES = 5;
/** Lines of a value in a message. */
const MAX_LINES = 20;

/** The first step that does not hold, with what its operands were; undefined if none can be found. */
export function explainStep(steps: readonly StepProbes[], context: ExplainContext): TestFailure | undefined {
  const failing = steps.find((step) => !holds(step, context));
  if (failing === undefined || context.valueOf(failing.holds) === undefined) return undefined;
  const { step, operands } = failing;
  const known = operands.map(([operand, probe]) => ({
    operand,
    values: valuesOf(context.valueOf(probe), failing.hasKeys ? context.caseKeys : undefined),
  }));
  const contrast = contrastIn(known);
  return {
    message: messageOf(step.location, known),
    at: positionIn(context, step.location),
    ...(contrast === undefined ? {} : { contrast }),
    remedy: "Correct the policy or, if it is right, what the test expects.",
  };
}

function holds({ holds: probe, hasKeys }: StepProbes, { valueOf, caseKeys }: ExplainContext): boolean {
  const value = valueOf(probe);
  if (!(value instanceof RegoSet)) return false;
  return hasKeys && caseKeys !== undefined
    ? value.items.some((keys) => valueToRego(keys) === caseKeys)
    : value.items.length > 0;
}

interface KnownOperand {
  readonly operand: Operand;
  /** Distinct; undefined if they could not be found out. */
  readonly values: readonly RegoValue[] | undefined;
}

/** The values in `[[keys], value]` of one case, or of all. */
function valuesOf(value: ProbeValue, caseKeys: string | undefined): readonly RegoValue[] | undefined {
  if (!(value instanceof RegoSet)) return undefined;
  const pairs = value.items.flatMap((pair) => (isPair(pair) ? [pair] : []));
  const own = pairs.filter(([keys]) => caseKeys === undefined || valueToRego(keys) === caseKeys);
  return sortDistinct(
    own.map(([, operand]) => operand),
    (operand) => operand,
  );
}

function isPair(value: RegoValue): value is readonly [RegoValue, RegoValue] {
  return Array.isArray(value) && value.length === 2;
}

/** Both sides of an equality: what is written out is expected, or else what stands on the right. */
function contrastIn(known: readonly KnownOperand[]): Contrast | undefined {
  const [left, right] = known.filter(({ operand }) => operand.isSide);
  if (left === undefined || right === undefined) return undefined;
  const [expected, actual] = left.operand.isLiteral ? [left, right] : [right, left];
  if (expected.values === undefined || actual.values === undefined) return undefined;
  return contrastOf(shown(expected.values), shown(actual.values));
}

function shown(values: readonly RegoValue[]): string {
  if (values.length === 0) return "<undefined>";
  const more = values.length > MAX_VALUES ? [`… and ${values.length - MAX_VALUES} more`] : [];
  return [...values.slice(0, MAX_VALUES).map((value) => layOut(value)), ...more].join("\n");
}

function messageOf({ text }: Location, known: readonly KnownOperand[]): string {
  const line = text.split("\n", 1).join("");
  const lines = known.flatMap(({ operand, values }) => {
    if (operand.isLiteral || values === undefined) return [];
    if (operand.label !== undefined)
      return values
        .slice(0, MAX_VALUES)
        .map((value) => `It does not hold where ${operand.label} is ${cut(layOut(value))}`);
    return [`${operand.text.split("\n", 1).join("")} is ${cut(shown(values))}`];
  });
  return [`This does not hold: ${line}${line === text ? "" : " …"}`, ...new Set(lines)].join("\n");
}

function cut(text: string): string {
  const lines = text.split("\n");
  return lines.length > MAX_LINES ? [...lines.slice(0, MAX_LINES), "…"].join("\n") : text;
}

/** Columns of people's editors count UTF-16 units, OPA's code points. */
function positionIn({ file, root }: ExplainContext, { row, col }: Location): TestPosition {
  const column = indexOf(file, { row, col }) - indexOf(file, { row, col: 1 }) + 1;
  return { file: join(root, file.path), line: row, column };
}
