/**
 * The contract suite: the same reviews through a server of its own process, over TLS, and through the `eval` command
 * of another process, reading files. Both must come to the same decision in the same words.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { ensureDevelopmentCertificates } from "../../certs/development-certificates.ts";
import { WEBHOOKS, type Webhook } from "../../src/admission/decision.ts";
import { EvalReport } from "../../src/report/report.ts";
import { corporaOrReason, ownReviews, recordedReviews } from "../corpora.ts";
import { NODE_ARGUMENTS, startServer, type RunningServer } from "../running-server.ts";
import { decidedByMetrics, metricValues } from "./metric-values.ts";
import { unpatchablePaths, withPatchedObject } from "./recorded-mutation.ts";
import { recordingTable } from "./recording-table.ts";

/** What both sides say of one review. */
interface Verdict {
  readonly decision: "allow" | "deny" | "error";
  readonly message: string | undefined;
  readonly warnings: readonly string[];
  readonly patch: readonly unknown[];
}

const ReviewAnswer = z.strictObject({
  apiVersion: z.literal("admission.k8s.io/v1"),
  kind: z.literal("AdmissionReview"),
  response: z.strictObject({
    uid: z.string(),
    allowed: z.boolean(),
    status: z
      .strictObject({
        code: z.int(),
        reason: z.string(),
        message: z.string(),
        details: z.object({}).optional(),
      })
      .optional(),
    warnings: z.array(z.string()).optional(),
    patch: z.base64().optional(),
    patchType: z.literal("JSONPatch").optional(),
    auditAnnotations: z.record(z.string(), z.string()),
  }),
});
type ReviewAnswer = z.infer<typeof ReviewAnswer>;

const Review = z.object({ request: z.object({ uid: z.string() }) });

const BINDINGS = ["--bindings", "test/fixtures/bindings"];
let folder: string;
let server: RunningServer;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "portcullis-contract-"));
  await ensureDevelopmentCertificates(folder, new Date());
  server = await startServer(folder, ["--policies", "policies"]);
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Posts every review, 16 at a time, and keeps the order. */
async function byServer(
  to: RunningServer,
  webhook: Webhook,
  reviews: readonly string[],
): Promise<readonly ReviewAnswer[]> {
  const answers: ReviewAnswer[] = [];
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < reviews.length) {
      const index = next;
      next += 1;
      const { status, body } = await to.post(`/${webhook}`, reviews[index] ?? "");
      expect([index, status]).toEqual([index, 200]);
      answers[index] = ReviewAnswer.parse(JSON.parse(body));
    }
  };
  await Promise.all(Array.from({ length: 16 }, client));
  return answers;
}

function verdictOf({ response }: ReviewAnswer): Verdict {
  const { allowed, status, warnings } = response;
  const decision = allowed ? "allow" : status?.code === 403 ? "deny" : "error";
  return { decision, message: status?.message, warnings: warnings ?? [], patch: patchOf(response) };
}

/** The decoded patch; what the contract says of its two members is checked on the way. */
function patchOf({ patch, patchType }: ReviewAnswer["response"]): readonly unknown[] {
  expect(patchType).toBe(patch === undefined ? undefined : "JSONPatch");
  if (patch === undefined) return [];
  const operations = z.array(z.unknown()).parse(JSON.parse(Buffer.from(patch, "base64").toString()));
  expect(operations).not.toEqual([]);
  return operations;
}

async function byEval(
  webhook: Webhook,
  reviews: readonly string[],
  args: readonly string[],
): Promise<EvalReport> {
  const file = path.join(folder, `reviews-${webhook}-${reviews.length}.jsonl`);
  await writeFile(file, reviews.join("\n"));
  const { stdout } = await runEval([...args, "--stage", webhook, "-o", "json", file]);
  return EvalReport.parse(JSON.parse(stdout));
}

async function runEval(args: readonly string[]): Promise<{ readonly stdout: string }> {
  const command = [...NODE_ARGUMENTS, "eval", ...args];
  return promisify(execFile)(process.execPath, command, { maxBuffer: 1 << 30 }).catch(
    (ended: { readonly code?: number; readonly stdout: string; readonly stderr: string }) => {
      // Exit code 1 says that something was denied.
      if (ended.code === 1) return ended;
      throw new Error(`eval ended with ${ended.code}: ${ended.stderr}`);
    },
  );
}

function verdictsOf(report: EvalReport): readonly Verdict[] {
  return report.results.map(({ decision, message, warnings, patch }) => ({
    decision,
    message,
    warnings,
    patch,
  }));
}

describe("the project's own reviews", () => {
  test("are decided by the server and by eval in the same words", async () => {
    const reviews = await ownReviews();
    const answers = await byServer(server, "validate", reviews);
    expect(new Set(answers.map((answer) => verdictOf(answer).decision))).toEqual(new Set(["allow", "deny"]));
    expect(answers.map(verdictOf)).toEqual(verdictsOf(await byEval("validate", reviews, [])));
  });

  test.each(WEBHOOKS)(
    "are answered by /%s and by eval alike under bindings with parameters and several enforcements",
    async (webhook) => {
      const bound = await startServer(folder, ["--policies", "policies", ...BINDINGS]);
      try {
        const reviews = await ownReviews();
        const answers = await byServer(bound, webhook, reviews);
        expect(answers.map(verdictOf)).toEqual(verdictsOf(await byEval(webhook, reviews, BINDINGS)));
      } finally {
        await bound.stop();
      }
    },
  );
});

/** How many reviews there are, and under what they are decided: as shipped, and with everything that patches on. */
const RECORDINGS = {
  validate: { count: 1_911, args: [] },
  mutate: {
    count: 1_989,
    args: [
      "--bindings=test/fixtures/mutation/bindings.yaml",
      "--inventory=test/fixtures/mutation/namespaces.yaml",
    ],
  },
};
const corpora = corporaOrReason("the contract suite on recorded reviews");
const describeRecordings = corpora === undefined ? describe.skip : describe;

describeRecordings.each(WEBHOOKS)("the reviews recorded for /%s", (webhook) => {
  const { count, args } = RECORDINGS[webhook];
  let deciding: RunningServer;
  let reviews: readonly string[];
  let answers: readonly ReviewAnswer[];
  let before: ReadonlyMap<string, number>;
  let after: ReadonlyMap<string, number>;

  beforeAll(async () => {
    deciding = await startServer(folder, ["--policies", "policies", ...args]);
    reviews = await recordedReviews(corpora ?? "", `${webhook}.jsonl.gz`);
    before = metricValues((await deciding.get("/metrics")).body);
    answers = await byServer(deciding, webhook, reviews);
    after = metricValues((await deciding.get("/metrics")).body);
  });

  afterAll(async () => {
    await deciding.stop();
  });

  test("are each answered by an AdmissionReview with the same uid", () => {
    expect(reviews).toHaveLength(count);
    const uids = reviews.map((review) => Review.parse(JSON.parse(review)).request.uid);
    expect(answers.map(({ response }) => response.uid)).toEqual(uids);
  });

  test("are decided by eval in the same words, with the same patches", async () => {
    expect(verdictsOf(await byEval(webhook, reviews, args))).toEqual(answers.map(verdictOf));
  });

  test("never meet a policy error", () => {
    const errors = [...after].filter(([series, value]) => series.includes('result="error"') && value > 0);
    expect(errors).toEqual([]);
  });

  test("are counted on /metrics as they were answered", () => {
    const answered = Map.groupBy(answers.map(verdictOf), ({ decision }) => decision);
    for (const decision of ["allow", "deny", "error"] as const) {
      const counted = decidedByMetrics(after, decision) - decidedByMetrics(before, decision);
      expect([decision, counted]).toEqual([decision, answered.get(decision)?.length ?? 0]);
    }
  });

  test("give the counts of the committed table", async () => {
    const table = recordingTable(webhook, { before, after, reviews: answers.length });
    const page = `test/contract/recorded-reviews-${webhook}.md`;
    if (process.env["UPDATE_TABLES"] === "true") await writeFile(page, table);
    expect(table).toBe(await readFile(page, "utf8"));
  });

  test("are patched so that another library can apply it, and so that nothing is left to patch", async () => {
    const patches = patchesOf(answers);
    const patched = reviews.flatMap((text, index) => withPatchedObject(text, patches[index] ?? []) ?? []);
    expect(patched).toHaveLength(patches.filter(({ length }) => length > 0).length);
    expect(patched.length > 100).toBe(webhook === "mutate");
    expect(patchesOf(await byServer(deciding, webhook, patched)).flat()).toEqual([]);
  });

  test("are never patched where they must not be, nor in a template that the request leaves alone", () => {
    const patches = patchesOf(answers);
    expect(reviews.flatMap((text, index) => unpatchablePaths(text, patches[index] ?? []))).toEqual([]);
  });
});

function patchesOf(answers: readonly ReviewAnswer[]): readonly (readonly unknown[])[] {
  return answers.map(({ response }) => patchOf(response));
}
