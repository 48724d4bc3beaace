import { z } from "zod";
import type { Policy } from "../policy/policy.ts";
import { VALIDATION_RULES } from "../policy/rule.ts";

/** Where the packs lie, seen from a page `docs/policies/<pack>/<name>.md`. */
const POLICIES_FOLDER = "../../../policies";

/**
 * The pages of a set of policies: `README.md`, the index, and `<pack>/<name>.md` for each, by their path under
 * `docs/policies`. The policies alone decide the text, so that a page can be compared with what it should be.
 */
export function policyPages(policies: readonly Policy[]): ReadonlyMap<string, string> {
  return new Map([
    ["README.md", indexPage(policies)],
    ...policies.map((policy) => [`${policy.id}.md`, policyPage(policy)] as const),
  ]);
}

/** All policies in one table for each pack. */
function indexPage(policies: readonly Policy[]): string {
  const packs = [...Map.groupBy(policies, ({ id }) => packOf(id))];
  const sections = packs.map(([pack, members]) =>
    [
      `## ${pack}`,
      table(
        ["policy", "severity", "enforcement", "what it is about"],
        members.map(({ id, metadata }) => [
          `[${id}](${id}.md)`,
          metadata.severity,
          metadata.enforcement,
          metadata.title,
        ]),
      ),
    ].join("\n\n"),
  );
  return page(["# Policies", `${policies.length} policies in ${packs.length} packs.`, ...sections]);
}

/** What a person whose object was rejected wants to know, and where to read on. */
function policyPage(policy: Policy): string {
  const { id, file, metadata } = policy;
  const source = `${POLICIES_FOLDER}/${file}`;
  return page([
    `# ${metadata.title}`,
    `\`${id}\``,
    metadata.description,
    table(["", ""], factsOf(policy)),
    ...parameterSection(metadata.parameters),
    ...(metadata.remediation === undefined ? [] : ["## What to do", metadata.remediation]),
    ...relatedSection(policy),
    "## Source",
    `[${file}](${source}), [test](${source.replace(/\.rego$/, "_test.rego")})`,
  ]);
}

function factsOf({ metadata, entrypoints, contract }: Policy): readonly (readonly string[])[] {
  const { match } = metadata;
  const finds = VALIDATION_RULES.some((rule) => entrypoints[rule] !== undefined);
  return [
    ["severity", metadata.severity],
    ["enforcement", metadata.enforcement],
    ["updates", finds ? metadata.updates : ""],
    ...(metadata.category === undefined ? [] : [["category", metadata.category]]),
    ["resources", match === undefined ? "those that a binding names" : match.resources.map(code).join(", ")],
    ["operations", (match?.operations ?? []).join(", ")],
    ["rules", Object.keys(entrypoints).map(code).join(", ")],
    ["input", contract],
  ].filter(([, value]) => value !== "");
}

/** What is shown of a parameter's JSON Schema; a schema may also be `true`. */
const Property = z
  .object({
    type: z.unknown().optional(),
    default: z.unknown().optional(),
    description: z.string().catch(""),
  })
  .catch({ description: "" });

function parameterSection(schema: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  const properties = z.record(z.string(), Property).safeParse(schema?.["properties"]);
  const rows = Object.entries(properties.data ?? {}).map(
    ([name, { type, default: standard, description }]) => [
      code(name),
      typeof type === "string" ? type : (JSON.stringify(type) ?? ""),
      standard === undefined ? "" : code(JSON.stringify(standard)),
      description,
    ],
  );
  return rows.length === 0 ? [] : ["## Parameters", table(["name", "type", "default", "meaning"], rows)];
}

function relatedSection({ metadata }: Policy): readonly string[] {
  const { relatedResources } = metadata;
  if (relatedResources.length === 0) return [];
  const lines = relatedResources.map(({ ref, description }) => `- [${description ?? ref}](${ref})`);
  return ["## Read more", lines.join("\n")];
}

function packOf(id: string): string {
  return id.slice(0, id.indexOf("/"));
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(cell).join(" | ")} |`;
}

/** A cell is one line, and `|` would end it. */
function cell(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").replaceAll("|", "\\|");
}

function page(blocks: readonly string[]): string {
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}
