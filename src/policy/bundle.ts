import { z } from "zod";
import { PortcullisError } from "../error.ts";
import { oneLine } from "./issue.ts";
import { Policy } from "./policy.ts";

/** The part of an OPA bundle's `.manifest` that Portcullis reads; `portcullis build` writes it. */
const BundleManifest = z.object({
  revision: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  metadata: z.object({ portcullis: z.object({ version: z.literal(1), policies: z.array(Policy) }) }),
});

/** A compiled set of policies, read but not yet loaded into an engine. */
export interface Bundle {
  /** `sha256:` and 64 hexadecimal digits: the hash of what the bundle was built from. */
  readonly revision: string;
  readonly policies: readonly Policy[];
  /** The WebAssembly module `policy.wasm`. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** JSON text of the base documents (`data.json`), as UTF-8: the thread that loads it is the one that reads it. */
  readonly data: Uint8Array;
}

/**
 * Reads the files of an OPA bundle, by path inside it without a leading slash.
 * Throws BUNDLE_FOREIGN, which names `file`.
 */
export function parseBundle(files: ReadonlyMap<string, Uint8Array>, file: string): Bundle {
  const wasm = files.get("policy.wasm");
  const manifestBytes = files.get(".manifest");
  if (wasm === undefined || manifestBytes === undefined) {
    throw foreign(file, `it has no ${wasm === undefined ? "policy.wasm" : ".manifest"}`);
  }
  const text = new TextDecoder();
  const manifest = BundleManifest.safeParse(parseJson(text.decode(manifestBytes), file));
  if (!manifest.success) throw foreign(file, oneLine(manifest.error));
  const data = files.get("data.json");
  return {
    revision: manifest.data.revision,
    policies: manifest.data.metadata.portcullis.policies,
    // The files may lie in memory that threads share; what is compiled should not.
    wasm: new Uint8Array(wasm),
    data: data ?? new TextEncoder().encode("{}"),
  };
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw foreign(file, "its .manifest is no JSON", cause);
  }
}

function foreign(file: string, why: string, cause?: unknown): PortcullisError {
  return new PortcullisError("BUNDLE_FOREIGN", {
    message: `The bundle ${file} was not made by \`portcullis build\`: ${why}.`,
    remedy: "Build the policies with `make build` (or `portcullis build`) and use the bundle that it writes.",
    position: { file },
    cause,
  });
}
