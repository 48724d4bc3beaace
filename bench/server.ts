/**
 * The benchmark: Portcullis side by side with OPA, Gatekeeper, Conftest and a bare server, with the same rules, in one run.
 * `make bench [BENCH="server eval loop rss start"] [ARGS="--long --json file"]`; Linux only.
 * PORTCULLIS_BENCH_KIT names the kit; CONFTEST, GATEKEEPER and GATEKEEPER_KUBECONFIG add these peers.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { cpus, homedir, loadavg, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { cacheFolder } from "../src/build/cache-folder.ts";
import { obtainOpa } from "../src/build/opa/obtain.ts";
import { makeFixtures, type Fixtures } from "./fixtures.ts";
import { gatekeeperProgram, gatekeeperSetup, installRules } from "./gatekeeper.ts";
import { measureEval } from "./measure-eval.ts";
import { measureLoop } from "./measure-loop.ts";
import { measureMemory } from "./measure-memory.ts";
import { measureServers, type Setting } from "./measure-server.ts";
import { measureStart } from "./measure-start.ts";
import { render, type Measurement } from "./measurement.ts";
import { killAll, mustRun } from "./processes.ts";
import { freePort } from "../test/cluster/free-port.ts";
import { gatekeeper, type ServerKind } from "./servers.ts";

const ROUNDS = 3;
/** Requests after which memory is measured. */
const REQUESTS = { short: 50_000, long: 1_000_000 };
const MEASURES = ["server", "loop", "rss", "start", "eval"] as const;
type MeasureName = (typeof MEASURES)[number];
const { env } = process;

const say = (message: string): void => void process.stderr.write(`${message}\n`);

async function bench(folder: string): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: "string" }, long: { type: "boolean", default: false } },
  });
  const names = chosen();
  const kit = env["PORTCULLIS_BENCH_KIT"];
  if (process.platform !== "linux") throw new Error("The benchmark reads /proc and needs Linux.");
  if (kit === undefined || kit === "")
    throw new Error(
      "The benchmark needs the kit with the rules and manifests that the peers are measured with: set PORTCULLIS_BENCH_KIT to its folder.",
    );
  say("preparing: rules, reviews, bundles, certificates");
  await mustRun({ command: "npm", args: ["run", "--silent", "compile"] });
  const fixtures = await makeFixtures(kit, folder, await opa());
  const setting: Setting = { fixtures, rounds: ROUNDS, gatekeeper: await peerGatekeeper(fixtures), say };
  const measures: Readonly<Record<MeasureName, () => Promise<readonly Measurement[]>>> = {
    server: () => measureServers(setting),
    loop: () => measureLoop(setting),
    rss: () => measureMemory(setting, values.long ? REQUESTS.long : REQUESTS.short),
    start: () => measureStart(setting),
    eval: () => measureEval({ ...setting, kit, conftest: env["CONFTEST"] }),
  };
  const all: Measurement[] = [];
  process.stdout.write(
    `${cpus().length} cores, ${cpus()[0]?.model}, load average ${loadavg()[0]?.toFixed(1)}, Node.js ${process.version}\n`,
  );
  for (const name of names) {
    const measured = await measures[name]();
    for (const measurement of measured) process.stdout.write(render(measurement));
    all.push(...measured);
  }
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(all, undefined, 2)}\n`);
}

/** The measures that BENCH names, or all. */
function chosen(): readonly MeasureName[] {
  const names = (env["BENCH"] ?? "").split(/[\s,]+/).filter(Boolean);
  if (names.length === 0) return MEASURES;
  return names.map((name) => {
    const measure = MEASURES.find((known) => known === name);
    if (measure !== undefined) return measure;
    throw new Error(`BENCH names ${name}, which is none of ${MEASURES.join(", ")}.`);
  });
}

function opa(): Promise<string> {
  const { platform, arch } = process;
  const machine = { platform, arch };
  return obtainOpa({
    environment: env,
    cacheFolder: cacheFolder(env, platform, homedir()),
    machine,
    progress: say,
  });
}

async function peerGatekeeper({ rules, certificates }: Fixtures): Promise<ServerKind | undefined> {
  const setup = gatekeeperSetup(env);
  if (typeof setup === "string") {
    say(setup);
    return undefined;
  }
  const ports = { webhook: await freePort("127.0.0.1"), operations: await freePort("127.0.0.1") };
  await installRules(setup, rules, gatekeeperProgram(setup, { ...ports, certificate: certificates.cert }));
  return gatekeeper(setup);
}

const scratch = mkdtempSync(path.join(tmpdir(), "portcullis-bench-"));
// However it ends, nothing that it started runs on and nothing that it wrote stays.
process.once("exit", () => {
  killAll();
  rmSync(scratch, { recursive: true, force: true });
});
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));

try {
  await bench(scratch);
} catch (error) {
  say(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
