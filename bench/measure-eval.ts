import { readdir } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { canonical, requireSame } from "./agreement.ts";
import { COMPILED, generate } from "./fixtures.ts";
import { aim, medianOf, ratioOf, type Measurement, type Sample } from "./measurement.ts";
import type { Setting } from "./measure-server.ts";
import { mustRun, run, type Program } from "./processes.ts";

const PORTCULLIS = "Portcullis";
const COLUMNS = [{ key: "milliseconds", label: "wall ms", digits: 0, ratio: true }];

/** The parts of `eval -o json` and of the output of `opa exec` that are compared. */
const evalReport = z.object({
  results: z.array(z.object({ findings: z.array(z.object({ message: z.string() })) })),
});
const execReport = z.object({ result: z.array(z.object({ result: z.array(z.string()) })) });

/** What `measureEval` needs besides the setting. */
interface EvalSetting extends Setting {
  readonly kit: string;
  /** Conftest's binary, if there is one. */
  readonly conftest: string | undefined;
}

/** `eval` of the kit's 1,000 manifests and of one, against the same rules in Conftest or `opa exec`. */
export async function measureEval(setting: EvalSetting): Promise<readonly Measurement[]> {
  const { fixtures, kit, say } = setting;
  const corpus = path.join(fixtures.folder, "corpus");
  await generate(kit, "gen-corpus.mjs", [corpus]);
  const thousand = path.join(corpus, "single");
  const [first = ""] = (await readdir(thousand)).toSorted();
  say("eval: the same messages for 1,000 manifests");
  const messages = await requireSameMessages(setting, thousand);
  say("eval of 1,000 manifests");
  const many = await timed(setting, thousand, setting.rounds);
  say("eval of one manifest");
  const one = await timed(setting, path.join(thousand, first), setting.rounds * 3);
  const reference = peerName(setting);
  const common = { columns: COLUMNS, reference };
  return [
    {
      ...common,
      title: "eval of 1,000 manifests, 20 policies",
      rows: many,
      aims: [
        aim(`at most 0.6 of ${reference}`, ratioOf({ rows: many }, [PORTCULLIS, reference], "milliseconds"), {
          most: 0.6,
        }),
      ],
      notes: [`Portcullis and OPA give the same ${messages} messages.`],
    },
    {
      ...common,
      title: "eval of one manifest, 20 policies",
      rows: one,
      aims: [aim("below 150 ms", medianOf({ rows: one }, PORTCULLIS, "milliseconds"), { most: 150 })],
      notes: [],
    },
  ];
}

const peerName = ({ conftest }: EvalSetting): string => (conftest === undefined ? "opa exec" : "conftest");

function evalOf({ fixtures }: EvalSetting, files: string, options: readonly string[] = []): Program {
  const args = [...COMPILED, "eval", "--policies", fixtures.bundles.twenty, ...options, files];
  return { command: process.execPath, args };
}

function opaExec({ fixtures }: EvalSetting, files: string): Program {
  const rules = path.join(fixtures.rules, "conftest");
  return { command: fixtures.opa, args: ["exec", "--decision", "main/deny", "--bundle", rules, files] };
}

function peer(setting: EvalSetting, files: string): Program {
  const { conftest, fixtures } = setting;
  if (conftest === undefined) return opaExec(setting, files);
  return { command: conftest, args: ["test", "--policy", path.join(fixtures.rules, "conftest"), files] };
}

/** Milliseconds of both programs, in turn. */
async function timed(setting: EvalSetting, files: string, rounds: number): Promise<Measurement["rows"]> {
  const programs = { [PORTCULLIS]: evalOf(setting, files), [peerName(setting)]: peer(setting, files) };
  const rows: Record<string, Sample[]> = {};
  // The first runs fill the caches of the file system.
  for (const program of Object.values(programs)) await run(program);
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, program] of Object.entries(programs)) {
      const { code, seconds, stdout, stderr } = await run(program);
      if (code !== 0 && code !== 1) throw new Error(`${name} ended with ${code}: ${stdout}${stderr}`);
      (rows[name] ??= []).push({ milliseconds: seconds * 1_000 });
    }
  }
  return rows;
}

/** Throws unless Portcullis and OPA say the same about every manifest; gives the number of messages. */
async function requireSameMessages(setting: EvalSetting, files: string): Promise<number> {
  const { code, stdout, stderr } = await run(evalOf(setting, files, ["--output", "json"]));
  if (code !== 1) throw new Error(`eval ended with ${code} where denials are expected: ${stderr}`);
  const ours = evalReport.parse(JSON.parse(stdout));
  const theirs = execReport.parse(JSON.parse(await mustRun(opaExec(setting, files))));
  const messages = canonical(ours.results.flatMap(({ findings }) => findings.map(({ message }) => message)));
  // The kit makes helpers unique by the name of their rule, and renames this word of a message with them.
  const texts = theirs.result.flatMap(({ result }) =>
    result.map((text) => text.replace("registries_allowed", "allowed")),
  );
  const expected = canonical(texts);
  requireSame({ name: "OPA", messages: expected }, { name: "Portcullis", messages });
  return messages.length;
}
