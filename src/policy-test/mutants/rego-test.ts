import { z } from "zod";
import { PortcullisError } from "../../error.ts";
import type { Run } from "./opa-process.ts";

/** The cases of a table that began, by their names; they may have cases of their own. */
export interface Cases {
  readonly [name: string]: Cases;
}

/** A test rule as OPA knows it. */
export interface RegoTest {
  /** Relative to the policy root. */
  readonly file: string;
  /** For example `data.images.tag_test.test_x`. */
  readonly ref: string;
  /** Whether several rules have this name: each is a test of its own, though one of them makes the name true. */
  readonly repeated: boolean;
  readonly milliseconds: number;
  /** Of `test_x[case]`; undefined for a test that is true or not. */
  readonly cases: Cases | undefined;
  /** Whether the cases are there whatever the policies say. */
  readonly ownCases: boolean;
  readonly failed: boolean;
}

const SubResult = z.object({
  fail: z.boolean().optional(),
  get sub_results() {
    return z.record(z.string(), SubResult).optional();
  },
});

/** `duration` is in nanoseconds. */
const Results = z.array(
  SubResult.extend({
    location: z.object({ file: z.string() }),
    package: z.string(),
    name: z.string(),
    duration: z.number(),
    error: z.unknown().optional(),
    skip: z.boolean().optional(),
  }),
);

/**
 * What `opa test --format json` says; skipped tests are left out. `own` are the rules of a file whose cases are its own.
 * Throws OPA_FAILED if it is something else.
 */
export function readTests(run: Run, own: (file: string) => ReadonlySet<string>): readonly RegoTest[] {
  const text = run.kind === "ended" ? run.stdout : "";
  if (!text.startsWith("[") && text.trim() !== "null") throw noResults(run);
  const results = Results.nullable().parse(JSON.parse(text)) ?? [];
  const tests = results
    .filter(({ skip }) => skip !== true)
    .map((result) => ({
      file: result.location.file,
      ref: `${result.package}.${result.name.replace(/#\d+$/, "")}`,
      repeated: false,
      milliseconds: result.duration / 1e6,
      cases: result.sub_results === undefined ? undefined : casesOf(result.sub_results),
      ownCases: own(result.location.file).has(result.name),
      failed: result.fail === true || result.error !== undefined,
    }));
  return [...Map.groupBy(tests, ({ ref }) => ref).values()].flatMap(together);
}

/** Tests of one name are run together. */
function together(tests: readonly RegoTest[]): readonly RegoTest[] {
  const [first] = tests;
  if (first === undefined || tests.length === 1) return tests;
  const milliseconds = tests.reduce((sum, test) => sum + test.milliseconds, 0);
  return [{ ...first, repeated: true, milliseconds, failed: tests.some(({ failed }) => failed) }];
}

function casesOf(results: Readonly<Record<string, z.infer<typeof SubResult>>>): Cases {
  return Object.fromEntries(
    Object.entries(results).map(([name, { sub_results: inner }]) => [name, casesOf(inner ?? {})]),
  );
}

function noResults(run: Run): PortcullisError {
  const said = run.kind === "timeout" ? "it did not end" : (run.stderr || run.stdout).trim();
  return new PortcullisError("OPA_FAILED", {
    message: `OPA could not run the tests: ${said.replaceAll(/\s+/g, " ")}`,
    remedy: "Run `opa test` on the policies and correct what it says.",
  });
}
