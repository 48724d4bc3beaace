import { performance } from "node:perf_hooks";
import { PORTCULLIS } from "./fixtures.ts";
import { aim, medianOf, type Measurement, type Sample } from "./measurement.ts";
import type { Setting } from "./measure-server.ts";
import { OPA, portcullis, startServer } from "./servers.ts";

const SOURCES = "Portcullis, sources";

/** From the start of the process to the first right denial, in turn. */
export async function measureStart(setting: Setting): Promise<readonly Measurement[]> {
  const { fixtures, rounds, gatekeeper, say } = setting;
  say("start to ready");
  const kinds = [
    portcullis(SOURCES, ({ twenty }) => twenty, PORTCULLIS),
    portcullis("Portcullis, compiled", ({ twenty }) => twenty),
    portcullis("Portcullis, compiled, 1,000 policies", ({ thousand }) => thousand),
    OPA,
    ...(gatekeeper === undefined ? [] : [gatekeeper]),
  ];
  const rows: Record<string, Sample[]> = {};
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of kinds) {
      const begin = performance.now();
      const server = await startServer(kind, fixtures);
      (rows[kind.name] ??= []).push({ seconds: (performance.now() - begin) / 1_000 });
      await server.process.stop();
    }
  }
  return [
    {
      title: "start of the process to the first denial of the violating body",
      columns: [{ key: "seconds", label: "s", digits: 2, ratio: true }],
      rows,
      reference: OPA.name,
      aims: [aim("ready in 1 s", medianOf({ rows }, SOURCES, "seconds"), { most: 1 })],
      notes: [],
    },
  ];
}
