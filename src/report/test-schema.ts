import { z } from "zod";
import { TestReport } from "./test-report.ts";

/**
 * The JSON Schema (2020-12) of `portcullis test -o json`, for `docs/reference/test-report.schema.json`.
 * It describes what a reader gets and allows members that a later version of v1alpha1 adds (hence `io: "input"`).
 */
export function testReportSchema(): object {
  return {
    title: "TestReport",
    description: "What `portcullis test -o json` prints.",
    ...z.toJSONSchema(TestReport, {
      io: "input",
      // `readonly` is a promise of our types; in a JSON Schema it would only be noise on every object.
      override: ({ jsonSchema }) => {
        delete jsonSchema.readOnly;
      },
    }),
  };
}
