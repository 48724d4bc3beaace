import { createHash } from "node:crypto";
import { z } from "zod";
import type { SourceFile } from "../build/collect.ts";
import { unpack } from "../build/read-bundle.ts";
import { revisionOf } from "../build/revision.ts";
import { CATALOGUE, PortcullisError, type ErrorCode } from "../error.ts";
import { RegoTest } from "./rego-test.ts";

/** Raise it whenever the same files are compiled into something else for their tests. */
const TEST_FORMAT = 1;

const Code = z.custom<ErrorCode>((value) => typeof value === "string" && Object.hasOwn(CATALOGUE, value));

/** A test that could not be compiled. */
const UncompiledTest = z
  .object({
    test: RegoTest,
    code: Code,
    message: z.string(),
    remedy: z.string(),
    line: z.number().exactOptional(),
    column: z.number().exactOptional(),
  })
  .readonly();
export type UncompiledTest = z.infer<typeof UncompiledTest>;

/** A rule of a policy or a library whose end is marked; `id` is what the mark prints. */
const MarkedRule = z
  .object({ id: z.string(), name: z.string(), file: z.string(), line: z.number() })
  .readonly();
export type MarkedRule = z.infer<typeof MarkedRule>;

const TestIndex = z
  .object({
    tests: z.array(RegoTest).readonly(),
    uncompiled: z.array(UncompiledTest).readonly(),
    /** The files that are Rego v0. */
    v0: z.array(z.string()).readonly(),
    /** Empty unless compiled for coverage. */
    marked: z.array(MarkedRule).readonly(),
  })
  .readonly();
export type TestIndex = z.infer<typeof TestIndex>;

/** What tests are compiled for: to run, or to be run with marks at the ends of the policies' rules. */
export type Purpose = "run" | "coverage";

/** Tests with the policies that they test, compiled into one module. */
export interface TestProgram extends TestIndex {
  /** `sha256:` and 64 hexadecimal digits; another for each purpose. */
  readonly revision: string;
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** JSON text of the base documents. */
  readonly data: Uint8Array;
}

const Manifest = z.object({
  revision: z.string(),
  metadata: z.object({ portcullis: z.object({ tests: TestIndex }) }),
});

/** The revision of what these files are compiled into. */
export function testRevision(sources: readonly SourceFile[], purpose: Purpose): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([TEST_FORMAT, purpose, revisionOf(sources, "")]));
  return `sha256:${hash.digest("hex")}`;
}

/** What goes into the manifest of the bundle, and comes out of it by `readTestProgram`. */
export function manifestMetadata(tests: TestIndex): Readonly<Record<string, unknown>> {
  return { portcullis: { tests } };
}

/** Reads a compiled bundle of tests. Throws BUNDLE_UNREADABLE. */
export async function readTestProgram(file: string): Promise<TestProgram> {
  const files = await unpack(file);
  const manifest = Manifest.safeParse(JSON.parse(new TextDecoder().decode(files.get(".manifest")) || "{}"));
  const wasm = files.get("policy.wasm");
  if (
    manifest.success &&
    (wasm !== undefined || manifest.data.metadata.portcullis.tests.tests.length === 0)
  ) {
    return {
      ...manifest.data.metadata.portcullis.tests,
      revision: manifest.data.revision,
      wasm: new Uint8Array(wasm ?? []),
      data: files.get("data.json") ?? new TextEncoder().encode("{}"),
    };
  }
  throw new PortcullisError("BUNDLE_UNREADABLE", {
    message: `The compiled tests in ${file} are damaged.`,
    remedy: "Remove the file: the tests are compiled again.",
    position: { file },
  });
}
