import type { z } from "zod";
import { PortcullisError } from "../../error.ts";

/**
 * Reads the body of an answer that should be an object of the API. Throws CLUSTER_REFUSED for any other: something between
 * has answered, or only half of the answer came. `what` is the object, e.g. `Lease portcullis-system/portcullis`.
 */
export function readAnswer<T>(schema: z.ZodType<T>, body: unknown, what: string): T {
  const { success, data } = schema.safeParse(body);
  if (success) return data;
  throw new PortcullisError("CLUSTER_REFUSED", {
    message: `The API server was asked for the ${what}, and the answer is none.`,
    remedy:
      "Look for what answers instead of the API server (a proxy, for example) and run the command again.",
  });
}
