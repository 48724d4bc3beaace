import { z } from "zod";
import { API_VERSION } from "../../policy/binding.ts";
import { printableJson } from "../../report/printable.ts";
import { firstOf } from "./causes.ts";
import { CHECKS } from "../findings/checks.ts";
import type { Finding } from "../findings/finding.ts";

const Count = z.int().min(0);
/** The worst first: what could not be looked at may be a problem. */
const Level = z.enum(["problem", "unknown", "warning"]);
const Status = z.enum(["ok", ...Level.options]).describe("`ok`, or the worst that the check found.");

/** How a check ended: `ok`, or the worst that it found. */
export type CheckStatus = z.infer<typeof Status>;

const Found = z
  .object({
    check: z.enum(CHECKS.map(({ name }) => name)),
    id: z.string().describe("Of docs/reference/doctor.md; `not-checked` where a check could not be made."),
    level: Level,
    message: z.string().describe("What is wrong and where."),
    items: z.array(z.string()).readonly().exactOptional().describe("What the message counts."),
    why: z.string().describe("Why it matters."),
    fix: z.string().describe("What to do."),
    command: z.string().exactOptional().describe("One that helps, ready to be run in a shell."),
    follows: z
      .string()
      .exactOptional()
      .describe("The id of what this follows from: who mends that may find this gone."),
  })
  .readonly();

const CheckReport = z
  .object({
    name: Found.unwrap().shape.check,
    about: z.string().describe("What it looks at."),
    status: Status,
    findings: z.array(Found).readonly(),
  })
  .readonly();

/**
 * What `portcullis doctor -o json` prints. One definition makes these types and, through `doctorReportSchema`,
 * `docs/reference/doctor-report.schema.json`.
 */
export const DoctorReport = z
  .object({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal("DoctorReport"),
    server: z.string().describe("URL of the API server."),
    service: z.string().describe("The Service that was looked at: `namespace/name:port`."),
    summary: z
      .object({
        ok: Count.describe("Checks that found nothing."),
        problem: Count,
        warning: Count,
        unknown: Count,
        following: Count.describe("How many of all these findings follow from others."),
        first: z
          .string()
          .exactOptional()
          .describe("The id of what to begin with; absent where nothing was found."),
        firstCheck: Found.unwrap()
          .shape.check.exactOptional()
          .describe("The check that found it, since `not-checked` can be of every check."),
      })
      .readonly()
      .describe("How many findings there are of each level."),
    checks: z
      .array(CheckReport)
      .readonly()
      .describe("Every check, in the order in which they build on each other."),
  })
  .readonly();
export type DoctorReport = z.infer<typeof DoctorReport>;

/** What was found in one cluster. */
export function doctorReport(
  { server, service }: Pick<DoctorReport, "server" | "service">,
  findings: readonly Finding[],
): DoctorReport {
  const checks = CHECKS.map(({ name, about }): z.infer<typeof CheckReport> => {
    const own = findings.filter(({ check }) => check === name);
    const status = Level.options.find((level) => own.some((each) => each.level === level));
    return { name, about, status: status ?? "ok", findings: own };
  });
  const count = (level: z.infer<typeof Level>): number =>
    findings.filter((each) => each.level === level).length;
  // In the order in which they are shown.
  const first = firstOf(checks.flatMap(({ findings: own }) => own));
  const summary = {
    ok: checks.filter(({ status }) => status === "ok").length,
    problem: count("problem"),
    warning: count("warning"),
    unknown: count("unknown"),
    following: findings.filter(({ follows }) => follows !== undefined).length,
    ...(first === undefined ? {} : { first: first.id, firstCheck: first.check }),
  };
  return { apiVersion: API_VERSION, kind: "DoctorReport", server, service, summary, checks };
}

/** For programs. */
export function doctorJson(report: DoctorReport): string {
  return `${printableJson(JSON.stringify(report, null, 2))}\n`;
}

/**
 * The JSON Schema (2020-12) of the report. It allows members that a later version of v1alpha1 adds (hence
 * `io: "input"`).
 */
export function doctorReportSchema(): object {
  return {
    title: "DoctorReport",
    description: "What `portcullis doctor -o json` prints.",
    ...z.toJSONSchema(DoctorReport, {
      io: "input",
      // `readonly` is a promise of our types; in a JSON Schema it would only be noise on every object.
      override: ({ jsonSchema }) => {
        delete jsonSchema.readOnly;
      },
    }),
  };
}
