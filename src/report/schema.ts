import { z } from "zod";
import { EvalReport } from "./report.ts";

/**
 * The JSON Schema (2020-12) of `portcullis eval -o json`, for `docs/reference/eval-report.schema.json`.
 * It describes what a reader gets and allows members that a later version of v1alpha1 adds (hence `io: "input"`).
 */
export function evalReportSchema(): object {
  return {
    title: "EvalReport",
    description: "What `portcullis eval -o json` prints.",
    ...z.toJSONSchema(EvalReport, {
      io: "input",
      // The one type that zod cannot describe, the error code, describes itself.
      unrepresentable: "any",
      // `readonly` is a promise of our types; in a JSON Schema it would only be noise on every object.
      override: ({ jsonSchema }) => {
        delete jsonSchema.readOnly;
      },
    }),
  };
}
