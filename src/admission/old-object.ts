import type { RequestDocuments } from "../policy/input/documents.ts";
import { inputAdapter, type InputAdapter } from "../policy/input/input.ts";
import { existingViolations } from "./existing-violations.ts";
import type { AdmissionRequest } from "./request.ts";
import type { Violation } from "./violation.ts";

/** The object that an UPDATE found, for rules that have found something in the object that it leaves. */
export interface OldObject {
  /**
   * The input with the old object in the place of the object, and in its own: a rule that compares the two finds
   * nothing, so what it found before counts as new.
   */
  readonly input: InputAdapter;
  /** Of what a rule has found in the object, what it had found in the old one, too. */
  readonly existing: (
    violations: readonly Violation[],
    before: readonly Violation[],
  ) => ReadonlySet<Violation>;
}

/** Undefined if there is none, or if nothing is known of it. Looks at nothing before it is used. */
export function oldObjectOf(request: AdmissionRequest, documents: RequestDocuments): OldObject | undefined {
  const { operation, oldObjectUnknown, texts } = request;
  if (operation !== "UPDATE" || oldObjectUnknown === true || typeof texts.oldObject !== "string")
    return undefined;
  let adapter: InputAdapter | undefined;
  return {
    input: (contract, parameters) => {
      adapter ??= inputAdapter({ ...documents, object: documents.oldObject });
      return adapter(contract, parameters);
    },
    existing: (violations, before) =>
      existingViolations(
        { object: request.object, violations },
        { object: request.oldObject, violations: before },
      ),
  };
}
