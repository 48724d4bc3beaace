import { cp, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { ControlPlaneError } from "./control-plane-error.ts";
import type { ProcessFailure } from "./processes.ts";

/** The folder of a control plane goes with it, but nobody finds a fault without the logs: copies them, gives where. */
export async function keepLogs(folder: string): Promise<string> {
  const kept = await mkdtemp(join(tmpdir(), "portcullis-logs-"));
  await cp(folder, kept, { recursive: true });
  return kept;
}

// Several who wait for a process hear of its end, and its log is kept once.
const told = new WeakMap<ProcessFailure, Promise<ControlPlaneError>>();

/** One sentence about a process that ended, with the last lines of its log and where it is kept. */
export function failureError(failure: ProcessFailure): Promise<ControlPlaneError> {
  const error = told.get(failure) ?? tell(failure);
  told.set(failure, error);
  return error;
}

async function tell({ name, end, log }: ProcessFailure): Promise<ControlPlaneError> {
  const kept = join(await keepLogs(dirname(log)), basename(log));
  const lines = lastLines(await readFile(kept, "utf8"));
  const said = lines.length === 0 ? "it wrote nothing" : `its last lines: ${lines.join(" | ")}`;
  return new ControlPlaneError(`${name} ended with ${end}; ${said} (its log is ${kept}).`);
}

const LAST_LINES = 3;
const LINE_LENGTH = 300;

/** What a person needs to see of a log. */
export function lastLines(log: string): readonly string[] {
  const lines = log.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-LAST_LINES).map((line) => line.slice(0, LINE_LENGTH));
}
