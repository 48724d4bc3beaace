/** What the samples of the documentation claim is so. */
import path from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { DECISIONS } from "../../src/admission/decision.ts";
import { OUTCOMES } from "../../src/admission/outcome.ts";
import { MUTATIONS } from "../../src/admission/patch/mutation.ts";
import { readManifests } from "../../src/cli/manifest/read.ts";
import { Exclusions, PolicyBinding } from "../../src/policy/binding.ts";
import { stringMember } from "../../src/policy/json.ts";
import { ENFORCEMENTS } from "../../src/policy/rule.ts";
import { REJECTIONS } from "../../src/server/status.ts";
import { findOpa } from "../compile-rego.ts";
import { buildFolder, temporaryFolder, writeFiles } from "../policy-folder.ts";
import { portcullis, run } from "./command.ts";
import { metricLabels, OF_API_SERVER, selectorsIn, type Selector } from "./metric-text.ts";
import { allPages, page, samplesOf, type Sample } from "./pages.ts";

const PAGES = await allPages();

async function samples(file: string, language: string): Promise<readonly Sample[]> {
  return samplesOf(await page(file)).filter((sample) => sample.language === language);
}

describe("YAML", () => {
  const schemas = { PolicyBinding, Exclusions };
  const all = PAGES.flatMap((each) =>
    samplesOf(each)
      .filter(({ language, file }) => language === "yaml" && file !== "equivalent-mutants.yaml")
      .map(({ text }) => ({ file: each.file, text })),
  );

  test("in every page is what kubectl reads, and our own kinds are valid", () => {
    const read = all.map(({ file, text }) => readManifests(file, text));
    expect(read.flatMap(({ problems }) => problems)).toEqual([]);
    const kinds = read.flatMap(({ manifests }) =>
      manifests.flatMap(({ value }) => {
        const kind = stringMember(value, "kind");
        if (kind !== "PolicyBinding" && kind !== "Exclusions") return [];
        const checked: { readonly error?: unknown } = schemas[kind].safeParse(value);
        expect(checked.error).toBeUndefined();
        return [kind];
      }),
    );
    expect(new Set(kinds)).toEqual(new Set(["PolicyBinding", "Exclusions"]));
  });
});

describe("metrics", () => {
  const VALUES = new Map<string, readonly string[]>([
    ["enforcement", ENFORCEMENTS],
    ["result", [...OUTCOMES, ...MUTATIONS]],
    ["decision", DECISIONS],
    ["dry_run", ["true", "false"]],
    ["reason", REJECTIONS],
  ]);
  let known: ReadonlyMap<string, readonly string[]>;

  beforeAll(async () => {
    known = await metricLabels();
  });

  /** What a selector names that is not there. */
  function unknownIn({ metric, labels, values }: Selector): readonly string[] {
    const own = known.get(metric) ?? OF_API_SERVER.get(metric);
    if (own === undefined) return [metric];
    return [
      ...labels.filter((label) => !own.includes(label)).map((label) => `${metric}{${label}}`),
      ...values
        .filter(([label, value]) => VALUES.get(label)?.includes(value) === false)
        .map(([, value]) => value),
    ];
  }

  test("of every PromQL sample are exported, with the labels and values that it names", async () => {
    const queries = await samples("docs/reference/metrics.md", "promql");
    const selectors = queries.flatMap(({ text }) => selectorsIn(text));
    expect(selectors.flatMap(unknownIn)).toEqual([]);
    expect(queries.every(({ text }) => selectorsIn(text).length > 0)).toBe(true);
    expect(queries).not.toHaveLength(0);
  });

  test("in the table are those that are exported, with their labels", async () => {
    const { text } = await page("docs/reference/metrics.md");
    const rows = [...text.matchAll(/^\| `(portcullis_\w+)`\s*\| ([^|]*)\|/gm)].map(
      ([, metric = "", labels = ""]) =>
        [metric, [...labels.matchAll(/`(\w+)`/g)].map(([, label = ""]) => label).toSorted()] as const,
    );
    const exported = [...known].filter(([metric]) => metric.startsWith("portcullis_"));
    const series = /_(?:bucket|sum|count)$/;
    expect(new Map(rows)).toEqual(new Map(exported.filter(([metric]) => !series.test(metric))));
  });

  test("that are not there are found in a sample", () => {
    const wrong = selectorsIn(
      'sum by (policy, verdict) (rate(portcullis_policy_evaluations_total{result="denied"}[5m])) / portcullis_nothing{a!="b"} / apiserver_admission_webhook_fail_open_count{kind=~".+"}',
    );
    expect(wrong.flatMap(unknownIn)).toEqual([
      "portcullis_policy_evaluations_total{verdict}",
      "denied",
      "portcullis_nothing",
      "apiserver_admission_webhook_fail_open_count{kind}",
    ]);
  });
});

/** Pages whose Rego makes up one folder of policies, of this name. */
const FOLDER = "team-policies";

/** What these pages show is no policy; engine.test.ts and src/build/library.test.ts run it. */
const WITHOUT_POLICIES = ["docs/engine.md", "docs/reference/policy-library.md"];

const isOfPolicies = ({ file }: (typeof PAGES)[number]): boolean => !WITHOUT_POLICIES.includes(file);

describe.each(
  PAGES.filter((each) => isOfPolicies(each) && samplesOf(each).some(({ language }) => language === "rego")),
)("the policies of $file", (given) => {
  const all = samplesOf(given);
  const rego = all.filter(({ language }) => language === "rego");
  let folder: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const files = all.flatMap(({ file, language, text }) => {
      if (file === undefined || !["rego", "yaml"].includes(language)) return [];
      return [[language === "rego" ? path.join(FOLDER, file) : file, text] as const];
    });
    await writeFiles(folder, Object.fromEntries(files));
  });

  test("all say in which file they are", () => {
    expect(rego.filter(({ file }) => file?.endsWith(".rego") !== true)).toEqual([]);
  });

  test("build", async () => {
    const { policies, notes } = await buildFolder(path.join(folder, FOLDER));
    expect(policies).toBe(rego.filter(({ file }) => !file?.endsWith("_test.rego")).length);
    expect(notes).toEqual([]);
  });

  test.each(all.filter(({ language }) => language === "console"))(
    "print what sample %# shows",
    async ({ text }) => {
      const [, line = "", shown = ""] = /^\$ ([^\n]+)\n(.*)$/s.exec(text) ?? [];
      const { stdout } = await execute(
        line.split(" ").map((word) => word.replace(/^'(.*)'$/, "$1")),
        folder,
      );
      expect(steady(stdout)).toBe(steady(shown));
    },
  );
});

/** What is the same in every run. */
function steady(text: string): string {
  return text.replaceAll(/sha256:[0-9a-f]*…/g, "sha256:…").replaceAll(/· [\d.]+ s$/gm, "· … s");
}

/** Runs a command line of a page: `opa …`, `npm run --silent eval -- …` or `npm run --silent portcullis -- test …`. */
function execute(words: readonly string[], folder: string): ReturnType<typeof run> {
  if (words[0] === "opa") return run(findOpa() ?? "opa", words.slice(1), folder);
  const [npm, run_, silent, script = "", dashes, ...args] = words;
  expect([npm, run_, silent, dashes]).toEqual(["npm", "run", "--silent", "--"]);
  expect(["eval", "portcullis"]).toContain(script);
  return portcullis(folder, script === "eval" ? ["eval", ...args] : args);
}
