import { describe, expect, test } from "@jest/globals";
import { OUTCOME, sampleDecision, samplePolicy, sampleSnapshot } from "../../test/samples.ts";
import type { Decision } from "../admission/decision.ts";
import { createRecords, type DecisionRecord } from "./decision-record.ts";
import { atLevel, type LogLevel } from "./log-level.ts";
import { createMetrics } from "./metrics.ts";
import { createRecorder } from "./recorder.ts";
import { numberedPolicies } from "./series.ts";

const POLICY = "pod-security/privileged";
const SNAPSHOT = sampleSnapshot({ policies: [samplePolicy(POLICY)] });
const WHERE = { policy: POLICY, rule: "deny" };
const NOTED: Decision = {
  ...sampleDecision([{ ...OUTCOME, kind: "pass" }]),
  notes: {
    builtinErrors: [
      { ...WHERE, builtin: "units.parse", message: "units.parse: no result", count: 2 },
      { ...WHERE, builtin: "sprintf", message: "sprintf: no result", count: 1 },
    ],
    moreBuiltinErrors: 4,
    printed: [
      { ...WHERE, text: "hello" },
      { ...WHERE, text: "x".repeat(16_000) },
    ],
  },
};

function recordOf(decision: Decision): DecisionRecord {
  return createRecords(numberedPolicies(SNAPSHOT))(decision, "validate");
}

function idle(): { readonly waiting: number; readonly threads: number } {
  return { waiting: 0, threads: 1 };
}

/** The lines that are written at a level, and the metrics. */
async function recorded(decision: Decision, level: LogLevel) {
  const written: string[] = [];
  const metrics = createMetrics({ rejections: [], replacements: [], watched: [], load: idle });
  metrics.loaded(SNAPSHOT);
  const log = atLevel({ write: (lines) => written.push(...lines.split(/(?<=\n)/)) }, level);
  createRecorder(metrics, log).record(recordOf(decision), 0.001);
  await new Promise(setImmediate);
  return { written, text: await metrics.text() };
}

describe("a decision with notes", () => {
  test("has what failed in its line, and counts once for each policy", async () => {
    const { written, text } = await recorded(NOTED, "info");
    const lines = written.map((line): unknown => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({
      msg: "decision",
      builtin_errors: [
        { ...WHERE, builtin: "units.parse", message: "units.parse: no result", count: 2 },
        { ...WHERE, builtin: "sprintf" },
      ],
      builtin_errors_left_out: 4,
    });
    expect(text).toContain(`portcullis_builtin_errors_total{policy="${POLICY}"} 1\n`);
  });

  test("has a line of level debug for each that was printed, none of them longer than a line may be", async () => {
    const { written } = await recorded(NOTED, "debug");
    expect(written.slice(0, 2).map((line): unknown => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: "debug", msg: "print", ...WHERE, text: "hello", uid: "u-1" }),
      expect.objectContaining({ text: expect.stringMatching(/^x{8000,}…$/) }),
    ]);
    expect(Math.max(...written.map((line) => Buffer.byteLength(line)))).toBeLessThan(16_384);
  });

  test("about a Secret keeps what was printed out of the record", () => {
    const resource = { group: "", version: "v1", resource: "secrets" };
    const { printed, builtinErrors } = recordOf({ ...NOTED, request: { ...NOTED.request, resource } });
    expect(printed).toBeUndefined();
    expect(builtinErrors).toEqual([0]);
  });

  test("is a record without them if there are none", async () => {
    const { notes: _, ...plain } = NOTED;
    expect(recordOf(plain)).not.toHaveProperty("builtinErrors");
    const { written, text } = await recorded(plain, "info");
    expect(written.join("")).not.toContain("builtin_errors");
    expect(text).toContain(`portcullis_builtin_errors_total{policy="${POLICY}"} 0\n`);
  });
});

test.each([
  ["debug", ["debug", "info", "warn", "error"]],
  ["info", ["debug", "info", "warn", "error"]],
  ["warn", ["debug", "warn", "error"]],
  ["error", ["debug", "error"]],
] as const)(
  "at level %s the lines of %j pass, those of debug being made on demand only",
  (level, expected) => {
    const passed: string[] = [];
    const log = atLevel(
      { write: (lines) => passed.push(...lines.matchAll(/"level":"(\w+)"/g).map(([, name = ""]) => name)) },
      level,
    );
    log.write('{"level":"debug"}\n{"level":"info"}\n');
    log.write('{"level":"warn"}\n{"level":"error"}\n');
    expect(passed).toEqual(expected);
  },
);
