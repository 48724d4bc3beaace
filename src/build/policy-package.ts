import { basename, join, resolve } from "node:path";
import { PortcullisError, type SourcePosition } from "../error.ts";
import { suggestion } from "../policy/nearest.ts";
import { RULES, type Rule as RuleName } from "../policy/rule.ts";
import {
  formatPackage,
  isPartialSet,
  packageParts,
  referencesIn,
  refNames,
  type Location,
  type ParsedFile,
  type Rule,
} from "./syntax.ts";

/** A Rego package that is a policy: it has an id and defines at least one rule that Portcullis evaluates. */
export interface PolicyPackage {
  readonly id: string;
  /** Without `data`: `["policies", "pod-security", "privileged"]`. */
  readonly parts: readonly string[];
  /** Sorted by path. */
  readonly files: readonly ParsedFile[];
  readonly rules: readonly RuleName[];
}

/** A package before it is known whether it is a policy. */
export interface Package {
  readonly parts: readonly string[];
  readonly files: readonly ParsedFile[];
}

/** Every package by what it is; a library that lies in a pack counts as neither. */
interface FoundPackages {
  readonly policies: readonly PolicyPackage[];
  /** Those in the folder for libraries. */
  readonly libraries: readonly Package[];
  readonly problems: readonly PortcullisError[];
}

/** The first folder below the root that holds libraries: its packages are no policies. */
const LIBRARY_FOLDER = "lib";

/** The place of a syntax node in the user's file. */
export function placeOf(root: string, path: string, { row, col }: Location): SourcePosition {
  return { file: join(root, path), line: row, column: col };
}

/** The definitions of a rule in one file: `deny contains …` twice gives two. */
export function definitions(file: ParsedFile, name: string): readonly Rule[] {
  return (file.module.rules ?? []).filter(({ head }) => refNames(head.ref)[0] === name);
}

/** Sorts the files into policies, by id, and finds what is defined twice or defines nothing. */
export function findPolicies(root: string, files: readonly ParsedFile[]): FoundPackages {
  const packages = groupByPackage(files);
  const problems: PortcullisError[] = [];
  const libraries: Package[] = [];
  const byId = new Map<string, PolicyPackage>();
  for (const candidate of packages) {
    const pack = packOf(root, candidate.files);
    const rules = RULES.filter((rule) => candidate.files.some((file) => definitions(file, rule).length > 0));
    if (typeof pack !== "string") problems.push(inTwoPacks(root, candidate, pack));
    else if (pack === LIBRARY_FOLDER) libraries.push(candidate);
    else if (rules.length === 0) problems.push(...rulesMissing(root, candidate, packages));
    else {
      const policy = { ...candidate, id: `${pack}/${nameOf(candidate)}`, rules };
      problems.push(...idProblems(root, policy, byId.get(policy.id)));
      byId.set(policy.id, policy);
    }
  }
  const policies = [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return { policies, libraries, problems };
}

function groupByPackage(files: readonly ParsedFile[]): readonly Package[] {
  const packages = new Map<string, { parts: readonly string[]; files: ParsedFile[] }>();
  for (const file of files) {
    const parts = packageParts(file.module);
    const key = formatPackage(parts);
    const known = packages.get(key);
    if (known === undefined) packages.set(key, { parts, files: [file] });
    else known.files.push(file);
  }
  return [...packages.values()];
}

/** The pack of a package's files; if they are in different packs, a file of each of two. */
function packOf(root: string, files: readonly ParsedFile[]): string | readonly [ParsedFile, ParsedFile] {
  const packs = new Map<string, ParsedFile>();
  for (const file of files) {
    const slash = file.path.indexOf("/");
    packs.set(slash === -1 ? basename(resolve(root)) : file.path.slice(0, slash), file);
  }
  const [first, second] = [...packs];
  return first !== undefined && second !== undefined ? [first[1], second[1]] : (first?.[0] ?? "");
}

/** A policy is named for its file; where several files make up one package, for the package. */
function nameOf({ parts, files }: Package): string {
  const [file] = files;
  return files.length === 1 && file !== undefined ? basename(file.path, ".rego") : (parts.at(-1) ?? "");
}

function idProblems(
  root: string,
  { id, parts, files }: PolicyPackage,
  other: PolicyPackage | undefined,
): readonly PortcullisError[] {
  const position = packagePlace(root, files);
  if (!/^[^/\s*]+\/[^/\s*]+$/.test(id)) {
    return [
      new PortcullisError("POLICY_NAME", {
        message: `The policy's id would be \`${id}\`, but an id holds no white space and no \`*\`.`,
        remedy: "Rename the file or the folder: the id is `<pack folder>/<file name>`.",
        position,
      }),
    ];
  }
  if (parts.some((part) => part.includes("/"))) {
    return [
      new PortcullisError("POLICY_NAME", {
        message: `The package ${formatPackage(parts)} has a part with \`/\`, but OPA's entrypoints are paths, which \`/\` divides.`,
        remedy: "Write `-` or `_` instead; the policy's id comes from its file, not from its package.",
        position,
      }),
    ];
  }
  if (other === undefined) return [];
  return [
    new PortcullisError("POLICY_DUPLICATE", {
      message: `The policy ${id} is defined twice: here and in ${packagePlace(root, other.files).file}.`,
      remedy: "Rename one of the files: the id is `<pack folder>/<file name>`.",
      position,
    }),
  ];
}

function inTwoPacks(
  root: string,
  { parts }: Package,
  [first, second]: readonly [ParsedFile, ParsedFile],
): PortcullisError {
  const position = packagePlace(root, [second]);
  return new PortcullisError("POLICY_DUPLICATE", {
    message: `The package ${formatPackage(parts)} is in two packs: here and in ${join(root, first.path)}.`,
    remedy: "Give one of them another package name, or move both files into one pack.",
    position,
  });
}

/** A package without rules is fine if another one uses it: then it is a library that happens to lie here. */
function rulesMissing(root: string, candidate: Package, all: readonly Package[]): readonly PortcullisError[] {
  const { parts, files } = candidate;
  const used = all.some((other) => other !== candidate && other.files.some((file) => uses(file, parts)));
  if (used && !files.some(definesNearly)) return [];
  const names = new Set(
    files.flatMap(({ module }) => (module.rules ?? []).map(({ head }) => refNames(head.ref)[0] ?? "")),
  );
  const found = names.size === 0 ? "no rule at all" : `only ${[...names].join(", ")}`;
  return [
    new PortcullisError("RULES_MISSING", {
      message: `The package ${formatPackage(parts)} defines none of ${RULES.join(", ")}, but ${found}.`,
      remedy: `Name a rule \`deny\`, or move the file into the folder ${LIBRARY_FOLDER}/ if it is a library.`,
      position: packagePlace(root, files),
    }),
  ];
}

/** Whether a file has a set that is named almost like a rule: `denny contains …` is a slip even in what others use. */
function definesNearly({ module }: ParsedFile): boolean {
  return (module.rules ?? []).some(
    (rule) => isPartialSet(rule) && suggestion(refNames(rule.head.ref)[0] ?? "", RULES) !== "",
  );
}

/** Whether a file refers to a package, to something in it or, by an import, to a package around it. */
function uses({ module }: ParsedFile, parts: readonly string[]): boolean {
  const data = ["data", ...parts];
  for (const names of referencesIn([module.imports ?? [], module.rules ?? []])) {
    const shared = Math.min(names.length, data.length);
    if (shared > 1 && names.slice(0, shared).every((name, index) => name === data[index])) return true;
  }
  return false;
}

function packagePlace(root: string, files: readonly ParsedFile[]): SourcePosition {
  const [file] = files;
  return file === undefined ? { file: root } : placeOf(root, file.path, file.module.package.location);
}

/** The error for a folder in which every package is a library. */
export function noPolicies(root: string): PortcullisError {
  return new PortcullisError("POLICIES_MISSING", {
    message: `The folder ${root} holds libraries, but no policy.`,
    remedy: `Name the folder that holds the packs; files in ${LIBRARY_FOLDER}/ are no policies.`,
    position: { file: root },
  });
}
