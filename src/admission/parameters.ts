import { z } from "zod";
import { oneLine } from "../policy/issue.ts";
import { parseValue, RegoObject, type RegoValue } from "../engine/index.ts";
import { PortcullisError, type SourcePosition } from "../error.ts";
import type { Policy } from "../policy/policy.ts";

/** Parameters as someone gave them. */
export interface GivenParameters {
  /** Exact JSON text of an object that is them or holds them. */
  readonly text: string;
  /** Where they stand, for messages: `in the PolicyBinding x`. */
  readonly where: string;
  readonly position?: SourcePosition;
}

/**
 * `spec.parameters` of a binding, which is given as JSON text: as JSON text with the same digits. Throws
 * PARAMETERS_INVALID if they are nested too deep.
 */
export function bindingParameters(given: GivenParameters): string {
  const binding = readValue(given.text, given);
  const spec = binding instanceof RegoObject ? binding.get("spec") : undefined;
  const parameters = spec instanceof RegoObject ? spec.get("parameters") : undefined;
  return JSON.stringify(parameters ?? {});
}

/**
 * `input.parameters` of a policy, as JSON text: what was given, checked against the policy's JSON Schema, with its
 * defaults filled in. The schema's library sees rounded numbers, so only the keys that it adds are taken from it.
 * Throws PARAMETERS_INVALID or METADATA_INVALID.
 */
export function effectiveParameters(policy: Policy, given: GivenParameters): string {
  const schema = parametersSchema(policy);
  if (schema === undefined) return given.text;
  const checked = schema.safeParse(JSON.parse(given.text));
  if (!checked.success) {
    throw new PortcullisError("PARAMETERS_INVALID", {
      message: `The parameters of policy ${policy.id} ${given.where} do not fit its schema: ${oneLine(checked.error)}.`,
      remedy: `Look the parameters up in docs/policies/${policy.id}.md or in the METADATA of ${policy.file}.`,
      ...(given.position === undefined ? {} : { position: given.position }),
    });
  }
  const filled = readValue(JSON.stringify(checked.data), given);
  return JSON.stringify(withDefaults(readValue(given.text, given), filled));
}

/** Nesting is all that the engine's parser can refuse in valid JSON. */
function readValue(text: string, { where, position }: GivenParameters): RegoValue {
  try {
    return parseValue(text);
  } catch (cause) {
    throw new PortcullisError("PARAMETERS_INVALID", {
      message: `The parameters ${where} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      remedy: "Give the parameters fewer levels.",
      ...(position === undefined ? {} : { position }),
      cause,
    });
  }
}

function parametersSchema({ id, file, metadata }: Policy): z.ZodType | undefined {
  if (metadata.parameters === undefined) return undefined;
  try {
    return z.fromJSONSchema(metadata.parameters);
  } catch (cause) {
    throw new PortcullisError("METADATA_INVALID", {
      message: `The parameters of policy ${id} are no JSON Schema that Portcullis reads: ${cause instanceof Error ? cause.message : String(cause)}.`,
      remedy: "Use the plain keywords of JSON Schema: type, properties, items, required, enum, default.",
      position: { file },
      cause,
    });
  }
}

/** `given` with every key that only `filled` has, at every depth. */
function withDefaults(given: RegoValue, filled: RegoValue): RegoValue {
  if (isList(given) && isList(filled))
    return given.map((item, index) => withDefaults(item, filled[index] ?? item));
  if (!(given instanceof RegoObject) || !(filled instanceof RegoObject)) return given;
  const keys = new Set(given.entries.map(([key]) => key));
  return new RegoObject([
    ...given.entries.map(([key, value]) => {
      const other = typeof key === "string" ? filled.get(key) : undefined;
      return [key, other === undefined ? value : withDefaults(value, other)] as const;
    }),
    ...filled.entries.filter(([key]) => !keys.has(key)),
  ]);
}

function isList(value: RegoValue): value is readonly RegoValue[] {
  return Array.isArray(value);
}
