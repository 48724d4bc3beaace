import { PortcullisError } from "../error.ts";
import type { InputContract } from "../policy/rule.ts";
import { opaFailed } from "./opa-errors.ts";
import { placeOf, type PolicyPackage } from "./policy-package.ts";
import { formatPackage, referencesIn, refNames, type ParsedFile, type Term } from "./syntax.ts";
import type { Workspace } from "./workspace.ts";

/** What Portcullis adds to the input, whichever contract a policy follows. */
const NEUTRAL_FIELDS = new Set(["parameters", "namespaceObject"]);

// One argument may have 128 KiB on Linux and all of them 32 KiB on Windows.
const MAX_QUERY_CHARACTERS = 20_000;

/** What a policy reads of `input`; the empty name stands for `input` as a whole. */
type Fields = ReadonlySet<string>;

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
export async function findContracts(workspace: Workspace, policies: readonly PolicyPackage[]): Promise<Contracts> {
  const alike = Map.groupBy(policies, (policy) => contractOf(mentionedFields(policy)));
  const found = await Promise.all(
    [...alike.values()].flatMap(inQueries).map((group) => settleGroup(workspace, group)),
  );
  return {
    contracts: new Map(found.flatMap(({ contracts }) => [...contracts])),
    problems: found.flatMap(({ problems }) => problems),
  };
}

async function settleGroup(workspace: Workspace, group: readonly PolicyPackage[]): Promise<Contracts> {
  const fields = await fieldsRead(workspace, group);
  const contract = contractOf(fields);
  if (contract !== undefined) {
    return { contracts: new Map(group.map(({ id }) => [id, contract])), problems: [] };
  }
  const [first] = group;
  if (group.length === 1 && first !== undefined) {
    return { contracts: new Map(), problems: [unclear(workspace.root, first, fields)] };
  }
  const middle = Math.ceil(group.length / 2);
  const [left, right] = await Promise.all(
    [group.slice(0, middle), group.slice(middle)].map((half) => settleGroup(workspace, half)),
  );
  return {
    contracts: new Map([...(left?.contracts ?? []), ...(right?.contracts ?? [])]),
    problems: [...(left?.problems ?? []), ...(right?.problems ?? [])],
  };
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

async function fieldsRead(workspace: Workspace, policies: readonly PolicyPackage[]): Promise<Fields> {
  const query = policies.map(queryOf).join("; ");
  const ended = await workspace.opa(["deps", "--format", "json", "--bundle", ".", query]);
  if (ended.code !== 0) throw opaFailed(ended);
  // The shape is that of the pinned OPA's dependency report; the part read here is a list of references.
  const { base } = JSON.parse(ended.stdout) as { readonly base?: readonly (readonly Term[])[] };
  return fieldsOf((base ?? []).map(refNames));
}

/** What the text of a policy refers to: near enough to sort policies, though it neither sees libraries nor aliases. */
function mentionedFields({ files }: PolicyPackage): Fields {
  return fieldsOf(files.flatMap(({ module }) => [...referencesIn(module.rules ?? [])]));
}

function fieldsOf(references: readonly (readonly string[])[]): Fields {
  return new Set(references.filter(([root]) => root === "input").map(([, field]) => field ?? ""));
}

function contractOf(fields: Fields): InputContract | undefined {
  const telling = new Set([...fields].filter((field) => !NEUTRAL_FIELDS.has(field)));
  if (telling.has("")) return undefined;
  if (telling.size === 0) return "admission";
  if (telling.size === 1 && telling.has("request")) return "admission";
  if (telling.size === 1 && telling.has("review")) return "gatekeeper";
  return telling.has("request") || telling.has("review") ? undefined : "object";
}

function unclear(root: string, { files, id }: PolicyPackage, fields: Fields): PortcullisError {
  const whole = fields.has("");
  const names = [...fields].filter((field) => field !== "").map((field) => `\`input.${field}\``);
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
