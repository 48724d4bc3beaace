import { z } from "zod";
import { PortcullisError } from "../error.ts";
import type { InputContract } from "../policy/rule.ts";
import { opaFailed } from "./opa-errors.ts";
import { placeOf, type PolicyPackage } from "./policy-package.ts";
import { formatPackage, packageParts, refNames, Term, type ParsedFile } from "./syntax.ts";
import { fieldsMentioned, fieldsOf, fieldsTaken, named, type Fields } from "./input-use.ts";
import type { Workspace } from "./workspace.ts";

/** What Portcullis adds to the input, whichever contract a policy follows. */
const NEUTRAL_FIELDS = new Set(["parameters", "namespaceObject"]);

// One argument may have 128 KiB on Linux and all of them 32 KiB on Windows.
const MAX_QUERY_CHARACTERS = 20_000;

/** What `opa deps --format json` prints: references to `input` and `data.json` in `base`, to rules in `virtual`. */
const Dependencies = z.object({
  base: z.array(z.array(Term)).nullish(),
  virtual: z.array(z.array(Term)).nullish(),
});

/** The contract of each policy id, and the policies for which it is unclear. */
export interface Contracts {
  readonly contracts: ReadonlyMap<string, InputContract>;
  readonly problems: readonly PortcullisError[];
}

/**
 * Finds the contracts with `opa deps`, which looks through functions and libraries. What policies of a group read
 * together fits one contract if each does, so policies that look alike are asked for in one go, and a group is halved
 * only where it does not fit: 200 policies take a handful of processes.
 */
export async function findContracts(
  workspace: Workspace,
  files: readonly ParsedFile[],
  policies: readonly PolicyPackage[],
): Promise<Contracts> {
  const alike = Map.groupBy(policies, (policy) => contractOf(mentionedFields(policy)));
  const groups = [...alike.values()].flatMap(inQueries);
  return together(await Promise.all(groups.map((group) => settleGroup({ workspace, files }, group))));
}

interface Sources {
  readonly workspace: Workspace;
  readonly files: readonly ParsedFile[];
}

function together(parts: readonly Contracts[]): Contracts {
  return {
    contracts: new Map(parts.flatMap(({ contracts }) => [...contracts])),
    problems: parts.flatMap(({ problems }) => problems),
  };
}

async function settleGroup(sources: Sources, group: readonly PolicyPackage[]): Promise<Contracts> {
  const fields = await fieldsRead(sources, group);
  const contract = contractOf(fields);
  // Of a group that reads `input` as a whole, one member may be unclear behind another that is not.
  if (contract !== undefined && (group.length === 1 || !fields.has(""))) {
    return { contracts: new Map(group.map(({ id }) => [id, contract])), problems: [] };
  }
  const [first] = group;
  if (group.length === 1 && first !== undefined) {
    return { contracts: new Map(), problems: [unclear(sources.workspace.root, first, fields)] };
  }
  const middle = Math.ceil(group.length / 2);
  const halves = [group.slice(0, middle), group.slice(middle)];
  return together(await Promise.all(halves.map((half) => settleGroup(sources, half))));
}

function queryOf({ parts, rules }: PolicyPackage): string {
  return rules.map((rule) => `data.${formatPackage([...parts, rule])}`).join("; ");
}

function inQueries(policies: readonly PolicyPackage[]): readonly (readonly PolicyPackage[])[] {
  const groups: PolicyPackage[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const policy of policies) {
    const more = queryOf(policy).length + 2;
    length += more;
    if (length > MAX_QUERY_CHARACTERS) {
      groups.push([]);
      length = more;
    }
    groups.at(-1)?.push(policy);
  }
  return groups;
}

async function fieldsRead(
  { workspace, files }: Sources,
  policies: readonly PolicyPackage[],
): Promise<Fields> {
  const query = policies.map(queryOf).join("; ");
  const ended = await workspace.opa(["deps", "--format", "json", "--bundle", ".", query]);
  if (ended.code !== 0) throw opaFailed(ended);
  const { base, virtual } = Dependencies.parse(JSON.parse(ended.stdout));
  const fields = fieldsOf((base ?? []).map(refNames));
  if (!fields.has("")) return fields;
  // For `object.get(input, "review", {})` OPA says `input` as a whole, and may then leave out what else is read of it.
  const used = (virtual ?? []).map((terms) => refNames(terms).slice(1));
  const involved = files.filter(({ module }) => used.some((path) => startsWith(path, packageParts(module))));
  const own = policies.flatMap((policy) => named(mentionedFields(policy)));
  return new Set([
    ...named(fields),
    ...own,
    ...fieldsTaken(involved.map(({ module }) => module.rules ?? [])),
  ]);
}

function startsWith(path: readonly string[], parts: readonly string[]): boolean {
  return parts.every((part, index) => path[index] === part);
}

/** What the text of a policy refers to: near enough to sort policies, though it does not see libraries. */
function mentionedFields({ files }: PolicyPackage): Fields {
  return fieldsMentioned(files.map(({ module }) => module.rules ?? []));
}

/**
 * Only one contract has `input.request` and only one `input.review`, so a policy that reads one of them and no other
 * field is clear, even if it hands `input` as a whole to a function.
 */
function contractOf(fields: Fields): InputContract | undefined {
  const [field, another] = named(fields).filter((name) => !NEUTRAL_FIELDS.has(name));
  if (another === undefined && field === "request") return "admission";
  if (another === undefined && field === "review") return "gatekeeper";
  if (fields.has("") || fields.has("request") || fields.has("review")) return undefined;
  return field === undefined ? "admission" : "object";
}

function unclear(root: string, { files, id }: PolicyPackage, fields: Fields): PortcullisError {
  const whole = fields.has("");
  const names = named(fields).map((field) => `\`input.${field}\``);
  const reads = [...(whole ? ["`input` as a whole"] : []), ...names.sort()].join(" and ");
  const [file] = files;
  if (file === undefined) throw new Error(`the policy ${id} has no file`);
  return new PortcullisError("CONTRACT_UNCLEAR", {
    message: `It cannot be told which input ${id} expects: it reads ${reads}.`,
    remedy: remedy(file, likely(fields)),
    position: placeOf(root, file.path, file.module.package.location),
  });
}

function likely(fields: Fields): InputContract {
  if (fields.has("review")) return "gatekeeper";
  return fields.size === 0 || fields.has("request") ? "admission" : "object";
}

function remedy({ module }: ParsedFile, contract: InputContract): string {
  const metadata = (module.annotations ?? []).find(({ scope }) => scope === "package");
  const line = `\`#   input: ${contract}\``;
  const choice = "(or another of admission, object, gatekeeper)";
  if (metadata === undefined) {
    const { row } = module.package.location;
    return `Add the lines \`# METADATA\`, \`# custom:\` and ${line} ${choice} above line ${row}.`;
  }
  const under = metadata.custom === undefined ? "`# custom:` and below it " : "";
  return `Add ${under}${line} ${choice} to the METADATA that begins in line ${metadata.location.row}.`;
}
