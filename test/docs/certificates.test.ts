/** docs/reference/certificates.md against the code: every line of the log, fault, metric and check that it names exists. */
import { expect, test } from "@jest/globals";
import { CERTIFICATE_FAULTS } from "../../src/certificates/fault.ts";
import { LEADER_TASKS } from "../../src/cli/serve/leading/telemetry.ts";
import { MUTATING } from "../../src/cluster/webhooks/webhooks.ts";
import { PortcullisError } from "../../src/error.ts";
import { REJECTIONS } from "../../src/server/status.ts";
import { eventLog } from "../../src/telemetry/event-log.ts";
import { leaderLog } from "../../src/telemetry/leader-log.ts";
import { metricLabels, selectorsIn } from "./metric-text.ts";
import { page } from "./pages.ts";

const FILE = "docs/reference/certificates.md";

/** The rows of the table below a heading of the page, as texts of cells. */
async function rowsBelow(heading: string): Promise<readonly (readonly string[])[]> {
  const { text } = await page(FILE);
  const [, section = ""] = text.split(`\n## ${heading}\n`);
  const [own = ""] = section.split("\n## ");
  const rows = own.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** What `log` writes about everything that goes wrong with certificates, and about its end. */
function written(): readonly Readonly<Record<string, unknown>>[] {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const error = new PortcullisError("USAGE", { message: "m", remedy: "r", position: { file: "f" } });
  const difference = { kind: MUTATING.kind, name: "portcullis", entry: "e", field: "f" };
  const leader = leaderLog(destination);
  leader.leads(true);
  leader.leads(false);
  leader.corrected(difference, "kubectl-edit");
  leader.updated({ ...difference, isUnderIgnore: true });
  leader.unkept(MUTATING.kind, "foreign", "r");
  leader.kept(MUTATING.kind);
  leader.stepped("repair");
  leader.damaged("leaf-missing", error, "kubectl-edit");
  leader.failed("lease", error);
  leader.recovered("lease", 2, 3);
  leader.skewed(400);
  leader.skewed(0);
  const events = eventLog(destination);
  events.certificateReloaded(new Date(0));
  events.certificateRefused(error);
  events.clientCaReloaded(new Date(0));
  events.clusterFailed("secrets", error);
  return lines;
}

test("the page names every line of the log, with its level and its fields", async () => {
  const rows = await rowsBelow("The lines");
  const told = rows.map(([line = "", level = "", fields = ""]) => [line, level, fields.replaceAll("`", "")]);
  const lines = written().map(({ level, msg, ...fields }) => [
    `\`${String(msg)}\``,
    level,
    Object.keys(fields)
      .filter((field) => field !== "time")
      .join(", "),
  ]);
  expect(new Set(told.map(String))).toEqual(new Set(lines.map(String)));
});

test("the page explains every fault of the Secret, and no other", async () => {
  const rows = await rowsBelow("The Secret");
  expect(rows.map(([fault = "", what = ""]) => [fault.replaceAll("`", ""), what])).toEqual(
    Object.entries(CERTIFICATE_FAULTS),
  );
});

/** Code with three words or more that is no command, no query and no field. */
function isLine(code: string): boolean {
  return /^[a-z][^:=/<>{}]* .* /.test(code) && !code.startsWith("portcullis ");
}

test("what the page says of a line, it says in the words of the log", async () => {
  const { text } = await page(FILE);
  const messages = new Set(written().map(({ msg }) => msg));
  const sentences = [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
  const named = sentences.filter(isLine);
  expect(named.filter((line) => !messages.has(line))).toEqual([]);
  expect(named.length).toBeGreaterThan(messages.size);
});

test("every metric of the page is one of the server, with labels and values that it has", async () => {
  const { text } = await page(FILE);
  const known = await metricLabels();
  const used = [...text.matchAll(/`(portcullis_[^`]+)`/g)].flatMap(([, code = ""]) => selectorsIn(code));
  expect(used.filter(({ metric }) => !known.has(metric))).toEqual([]);
  const values: Readonly<Record<string, readonly string[]>> = {
    fault: ["…"],
    task: LEADER_TASKS,
    result: ["success", "failure"],
    reason: REJECTIONS,
  };
  const unknown = used
    .flatMap((selector) => selector.values)
    .filter(([label, value]) => values[label]?.includes(value) !== true);
  expect(unknown).toEqual([]);
  expect(used.length).toBeGreaterThan(10);
});
