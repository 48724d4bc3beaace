import { join } from "node:path";
import { z } from "zod";
import { PortcullisError, type ErrorCode, type SourcePosition } from "../error.ts";
import type { Ended } from "./opa/run.ts";

/** What OPA's `--format json` prints in case of an error. */
const Output = z.object({
  errors: z.array(
    z.object({
      message: z.string(),
      location: z.object({ file: z.string(), row: z.number(), col: z.number() }).optional(),
    }),
  ),
});
type OpaError = z.infer<typeof Output>["errors"][number];

/** What an error of OPA means to the author of a policy. */
export interface Diagnosis {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy: string;
}

export type Diagnose = (message: string) => Diagnosis;

/**
 * The errors that OPA reported, at their places in the user's files: OPA runs in the staged folder, so its paths are
 * relative to the policy root. Throws OPA_FAILED if OPA ended otherwise.
 */
export function opaErrors(ended: Ended, root: string, diagnose: Diagnose): readonly PortcullisError[] {
  const errors = parseErrors(ended.stdout) ?? parseErrors(ended.stderr);
  if (errors === undefined) throw opaFailed(ended);
  return errors.map(({ message, location }) => {
    const text = inOneLine(message);
    const data = ofDataFile(text);
    if (data !== undefined) return dataInvalid(root, data);
    const details = diagnose(text);
    return new PortcullisError(details.code, { ...details, position: position(root, location) });
  });
}

/** OPA writes some messages as lists with line ends and tabs. */
function inOneLine(message: string): string {
  return message.trim().replaceAll(/\s*\n\s*/g, " ");
}

interface DataFault {
  readonly path: string;
  readonly why: string;
}

/** A data file that cannot be loaded has its place in the text only. */
function ofDataFile(message: string): DataFault | undefined {
  const [, path, why] = /^bundle \.: bundle load failed on \/?(.+?): (.+)$/.exec(message) ?? [];
  return path === undefined || why === undefined ? undefined : { path, why };
}

function dataInvalid(root: string, { path, why }: DataFault): PortcullisError {
  const twice = why.startsWith("failed to insert data file");
  return new PortcullisError("DATA_INVALID", {
    message: twice
      ? "These base documents and those of another data file are for the same place under `data`."
      : `OPA cannot read these base documents: ${why}.`,
    remedy: twice
      ? "Keep one of data.json, data.yaml and data.yml in a folder, and no key that is also a folder with data."
      : "Correct the file: it must be a JSON or YAML object; what it holds is `data` at its folder's path.",
    position: { file: join(root, path) },
  });
}

/** OPA counts columns from 1, but says 0 where it has none. */
function position(root: string, location: OpaError["location"]): SourcePosition {
  if (location === undefined) return { file: root };
  const { file, row, col } = location;
  return { file: join(root, file), ...(row > 0 ? { line: row } : {}), ...(col > 0 ? { column: col } : {}) };
}

function parseErrors(text: string): readonly OpaError[] | undefined {
  return text.startsWith("{") ? Output.parse(JSON.parse(text)).errors : undefined;
}

/** OPA ended in a way that is neither success nor a report of errors. */
export function opaFailed({ code, stdout, stderr }: Ended): PortcullisError {
  const said = inOneLine(stderr) || inOneLine(stdout) || "it said nothing";
  return new PortcullisError("OPA_FAILED", {
    message: `OPA ended with exit code ${code}: ${said}`,
    remedy:
      "Run `opa check` on the policies; if it is content, this is a fault of Portcullis: please report it.",
  });
}
