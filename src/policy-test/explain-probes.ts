import { probeRule, textsOf } from "./probe.ts";
import { stepsOf, type BodyStep, type Operand } from "./body-step.ts";
import { entrypointOf, expressionsBeforeCase, testName } from "./rego-test.ts";
import type { RegoFile } from "./rego-file.ts";
import type { Rule } from "./rego-tree.ts";

/** A rule that is added to a file of tests, and where it stands there once it is. */
export interface Probe {
  readonly entrypoint: string;
  readonly text: string;
}

/** What is asked about one step of a test. */
export interface StepProbes {
  readonly step: BodyStep;
  /** Gives the keys of every case for which all steps up to this one hold. */
  readonly holds: Probe;
  /** Each gives pairs of keys and the operand's value, for all cases in which the steps before hold. */
  readonly operands: readonly (readonly [Operand, Probe])[];
  /** Whether the case is known by its keys yet; before that the keys are an empty list. */
  readonly hasKeys: boolean;
}

const VALUE = "portcullis_value";

/** The probes that tell which step of a test does not hold. `prefix` is a name that no other rule's begins with. */
export function probesOf(file: RegoFile, rule: Rule, prefix: string): readonly StepProbes[] {
  const keys = testName(rule)?.keys ?? [];
  const known = expressionsBeforeCase(rule, keys);
  const steps = stepsOf(rule);
  const texts = steps.map(({ location }) => location.text);
  const probe = (name: string, values: readonly string[], expressions: readonly string[]): Probe => ({
    entrypoint: entrypointOf(file, [name]),
    text: probeRule(name, values, expressions),
  });
  return steps.map((step, index) => {
    const before = texts.slice(0, index);
    const hasKeys = keys.length > 0 && index >= known;
    const keyList = hasKeys ? textsOf(keys) : [];
    const operands = step.operands.map((operand, number): readonly [Operand, Probe] => {
      const value = `${VALUE} := ${operand.text} ${step.modifiers}`;
      const values = [`[${keyList.join(", ")}]`, VALUE];
      return [operand, probe(`${prefix}_${index}_operand_${number}`, values, [...before, value])];
    });
    const holds = probe(`${prefix}_${index}_holds`, hasKeys ? keyList : [], [...before, step.location.text]);
    return { step, holds, operands, hasKeys };
  });
}
