import { z } from "zod";

/** What a schema found wrong, in one line: messages are printed with control characters escaped. */
export function oneLine(error: z.ZodError): string {
  return z
    .prettifyError(error)
    .replaceAll(/\s*\n\s*/g, " ")
    .replaceAll("✖ ", "");
}
