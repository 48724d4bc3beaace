import { readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { evalReportSchema } from "./schema.ts";

test("docs/reference/eval-report.schema.json is the schema of the types", async () => {
  const published: unknown = JSON.parse(await readFile("docs/reference/eval-report.schema.json", "utf8"));
  // Renew the page with: node -e 'import("./src/report/schema.ts").then((m) => console.log(JSON.stringify(m.evalReportSchema(), null, 2)))'
  expect(published).toEqual(evalReportSchema());
});

test("readers may rely on what is required and must tolerate what is added", () => {
  const schema = JSON.stringify(evalReportSchema());
  expect(schema).toContain(
    '"required":["apiVersion","kind","stage","bundle","summary","results","problems"]',
  );
  expect(schema).not.toContain("additionalProperties");
});
