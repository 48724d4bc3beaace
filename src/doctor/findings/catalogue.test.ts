import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { FINDINGS } from "./catalogue.ts";
import { CHECKS } from "./checks.ts";
import { diagnose } from "../diagnose.ts";
import { deployment, HEALTHY, seen } from "../../../test/doctor/healthy.ts";
import { doctorReport, doctorReportSchema } from "../report/report.ts";
import { doctorShortText } from "../report/text.ts";
import { doctorPermissions, permissionText } from "../checks/permissions.ts";

const PAGE = await readFile("docs/reference/doctor.md", "utf8");

/** The part of the page under `### name`. */
function sectionOf(name: string): string {
  return PAGE.split(`\n### ${name}\n`)[1]?.split("\n### ")[0] ?? "";
}

test("docs/reference/doctor.md has the checks in the order of the report", () => {
  const headings = [...PAGE.matchAll(/^### (.+)$/gm)].map(([, name]) => name);
  expect(headings).toEqual(CHECKS.map(({ name }) => name));
});

test.each(CHECKS)("it says of $name what it looks at and all that it can find", ({ name, about }) => {
  const section = sectionOf(name);
  expect(section).toContain(about);
  const rows = [...section.matchAll(/^\| `([\w-]+)` +\| (\w+) +\| (.+?) +\|$/gm)].map(
    ([, ...cells]) => cells,
  );
  const own = Object.entries(FINDINGS).filter(([, { check }]) => check === name);
  expect(rows).toEqual(own.map(([id, { level, why }]) => [id, level, why]));
});

test("the sample that it shows is what is printed", () => {
  const scaled = {
    deployment: seen(deployment({ replicas: 0, ready: 0 })),
    serviceState: seen("no-endpoints" as const),
  };
  const findings = diagnose({ ...HEALTHY, ...scaled });
  const sample = /\n```\n(Portcullis [^]*?)```/.exec(PAGE)?.[1];
  const place = { server: HEALTHY.server, service: "portcullis-system/portcullis:8443" };
  expect(doctorShortText(doctorReport(place, findings), false)).toBe(sample);
});

test("it lists the permissions that the command needs", () => {
  const listed = [...PAGE.matchAll(/^- `(.+)`$/gm)].map(([, text]) => text);
  const service = { namespace: "portcullis-system", name: "portcullis" };
  expect(listed).toEqual(doctorPermissions(service).map(permissionText));
});

test("docs/reference/doctor-report.schema.json is the schema of the report", async () => {
  // Renew it with `make docs`.
  const published: unknown = JSON.parse(await readFile("docs/reference/doctor-report.schema.json", "utf8"));
  expect(published).toEqual(doctorReportSchema());
  // Readers must tolerate what a later version adds.
  expect(JSON.stringify(published)).not.toContain("additionalProperties");
});

test("every finding is brought about by a test", async () => {
  const folder = "src/doctor";
  const files = (await readdir(folder, { recursive: true })).filter(
    (file) => file.endsWith(".test.ts") && !file.endsWith("catalogue.test.ts"),
  );
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), "utf8")));
  const isNamed = (id: string): boolean => texts.some((text) => new RegExp(`\\b${id}(?![\\w-])`).test(text));
  expect(Object.keys(FINDINGS).filter((id) => !isNamed(id))).toEqual([]);
});
