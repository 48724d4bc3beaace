import { runWithin, type Ended } from "../../build/opa/run.ts";

/** OPA ended by itself, or had to be ended. */
export type Run = ({ readonly kind: "ended" } & Ended) | { readonly kind: "timeout" };

/** How OPA is run: in `folder`, for at most `milliseconds`. */
export interface OpaProcess {
  readonly program: string;
  readonly folder: string;
  readonly milliseconds: number;
}

// What a test prints in an endless loop must not fill the memory.
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * Most of these processes live for some milliseconds: without collecting garbage they take a third less time. One that
 * allocates without end collects it from the limit on.
 */
const ENVIRONMENT = { GOGC: "off", GOMEMLIMIT: "512MiB" };

/** Runs OPA, and ends it when its time is over. Throws OPA_FAILED if it cannot be started. */
export async function runOpa(
  { program, folder, milliseconds }: OpaProcess,
  args: readonly string[],
): Promise<Run> {
  const limits = { milliseconds, outputBytes: MAX_OUTPUT_BYTES };
  const run = await runWithin(limits, program, args, { folder, environment: ENVIRONMENT });
  return run.kind === "ended" ? run : { kind: "timeout" };
}
