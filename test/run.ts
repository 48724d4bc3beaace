/**
 * Runs the suites of `make test` (`fast`) or `make test-slow` (`slow`), prints progress, the time of each and, as the
 * last line, the sum of all tests. With CI=true a skipped test is a failed one.
 */
import { spawn } from "node:child_process";
import { homedir } from "node:os";
import { performance } from "node:perf_hooks";
import { count, type Counts } from "./counts.ts";
import { cacheFolder } from "../src/build/cache-folder.ts";
import { obtainOpa } from "../src/build/opa/obtain.ts";
import { ControlPlaneError } from "./cluster/control-plane-error.ts";
import { obtainControlPlane, obtainNodes } from "./cluster/obtain.ts";
import { fastSuites, slowSuites, type Suite } from "./suites.ts";

interface Result extends Counts {
  readonly suite: Suite;
  readonly seconds: number;
}

async function run(suite: Suite): Promise<Result> {
  const start = performance.now();
  process.stderr.write(`== ${suite.name}\n`);
  const { code, output } = await execute(suite.command);
  const seconds = (performance.now() - start) / 1_000;
  const counts = count(suite.counts, { code, output });
  const skippedFail = process.env["CI"] === "true" ? counts.skipped : 0;
  if (skippedFail > 0)
    process.stderr.write(`${suite.name}: ${skippedFail} skipped, which CI counts as failed\n`);
  return { suite, seconds, ...counts, failed: counts.failed + skippedFail };
}

/** Passes the output on as it comes. */
function execute([program = "", ...args]: readonly string[]): Promise<{
  readonly code: number;
  readonly output: string;
}> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
      process.stderr.write(chunk);
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code: code ?? 1, output });
    });
  });
}

/** Here, and not in the first test that needs it: tests have limits of time, and two files would build at once. */
async function buildControlPlane(obtain: typeof obtainControlPlane | typeof obtainNodes): Promise<void> {
  try {
    await obtain({ progress: say });
  } catch (error) {
    if (!(error instanceof ControlPlaneError)) throw error;
    say(`tests with an API server are skipped: ${error.message}`);
  }
}

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}

const { env, platform, arch } = process;
const opa = await obtainOpa({
  environment: env,
  cacheFolder: cacheFolder(env, platform, homedir()),
  machine: { platform, arch },
  progress: say,
});
// Tests compile policies; they take the OPA that was found here.
process.env["OPA"] = opa;
const isSlow = process.argv[2] === "slow";
await buildControlPlane(obtainControlPlane);
if (isSlow) await buildControlPlane(obtainNodes);
const suites = isSlow ? slowSuites() : fastSuites(opa);
const results: Result[] = [];
for (const suite of suites) results.push(await run(suite));

process.stdout.write("\ntime by suite\n");
for (const { suite, seconds, passed, failed, skipped } of results) {
  const skippedText = skipped === 0 ? "" : `, ${skipped} skipped`;
  process.stdout.write(
    `${seconds.toFixed(1).padStart(7)} s  ${suite.name}: ${passed} passed, ${failed} failed${skippedText}\n`,
  );
}
const sum = (key: keyof Counts): number => results.reduce((total, result) => total + result[key], 0);
process.stdout.write(`${sum("passed")} passed, ${sum("failed")} failed\n`);
process.exitCode = sum("failed") === 0 ? 0 : 1;
