import { PortcullisError, type SourcePosition } from "../error.ts";
import { placeOf, type Package } from "./policy-package.ts";
import {
  formatPackage,
  isPartialSet,
  packageParts,
  referencesIn,
  refNames,
  refTerms,
  type Annotation,
  type Location,
  type Module,
  type ParsedFile,
  type Rule,
} from "./syntax.ts";

/** A part of the library as its METADATA describes it. */
export interface LibraryPackage {
  /** `lib.image`; policies import `data.lib.image` and call it by the last part. */
  readonly name: string;
  /** Relative to the policy root. */
  readonly file: string;
  readonly annotation: Partial<Annotation>;
  readonly rules: readonly LibraryRule[];
}

/** A rule or function that others may use: one with METADATA of its own. What has none belongs to its file. */
export interface LibraryRule {
  readonly name: string;
  readonly kind: "function" | "set" | "object" | "value";
  /** Of a function, by name; empty for the others. */
  readonly parameters: readonly string[];
  readonly annotation: Annotation;
  /** `custom.example`: the body of a Rego rule, in which each expression holds; undefined if there is none. */
  readonly example: string | undefined;
}

/** What the METADATA of a library says, in the order of the file. */
export function describeLibrary(library: Package): readonly LibraryPackage[] {
  return library.files.map((file) => describeFile(library, file));
}

function describeFile({ parts }: Package, file: ParsedFile): LibraryPackage {
  const annotations = file.module.annotations ?? [];
  return {
    name: formatPackage(parts),
    file: file.path,
    annotation: annotations.find(({ scope }) => scope === "package") ?? {},
    rules: annotations.flatMap((annotation) => {
      const rule = annotated(file, annotation);
      return rule === undefined ? [] : [describeRule(rule, annotation, file)];
    }),
  };
}

/**
 * What the page of the library lacks: METADATA of a package, of a rule or function that another package uses, and the
 * title and the example of those that have METADATA. `files` are all files of the policies.
 */
export function undocumented(
  root: string,
  libraries: readonly Package[],
  files: readonly ParsedFile[],
): readonly PortcullisError[] {
  const users = new Map(files.flatMap((file) => [...usedIn(file)].map((name) => [name, file.path] as const)));
  return libraries.flatMap((library) =>
    library.files.flatMap((file) =>
      lacks(describeFile(library, file), file, users).map(({ what, location }) =>
        incomplete(placeOf(root, file.path, location), what),
      ),
    ),
  );
}

interface Lack {
  readonly what: string;
  readonly location: Location;
}

/** `users` has a file that uses it for each `lib.image.parse`. */
function lacks(
  { name, annotation, rules }: LibraryPackage,
  { module }: ParsedFile,
  users: ReadonlyMap<string, string>,
): readonly Lack[] {
  const location = module.package.location;
  const untold = { what: `The library ${name} has no METADATA with a title`, location };
  const known = new Set(rules.map((rule) => rule.name));
  return [
    ...(annotation.title === undefined ? [untold] : []),
    ...rules
      .filter((rule) => rule.annotation.title === undefined || rule.example === undefined)
      .map((rule) => ({
        what: `METADATA of ${name}.${rule.name} has no title or no example`,
        location: rule.annotation.location,
      })),
    ...firstOfEach(module)
      .filter((rule) => users.has(`${name}.${rule.name}`) && !known.has(rule.name))
      .map((rule) => ({
        what: `${name}.${rule.name} is used by ${users.get(`${name}.${rule.name}`) ?? ""} and has no METADATA`,
        location: rule.location,
      })),
  ];
}

function incomplete(position: SourcePosition, what: string): PortcullisError {
  return new PortcullisError("METADATA_INVALID", {
    message: `${what}, so the page of the library cannot tell of it.`,
    remedy: "Write METADATA with `title` and, above a rule, `custom.example`, expressions that hold.",
    position,
  });
}

/** The rule below METADATA. */
function annotated({ module }: ParsedFile, { scope, location }: Annotation): Rule | undefined {
  if (scope !== "rule" && scope !== "document") return undefined;
  return module.rules?.find((rule) => rule.location.row > location.row);
}

function describeRule(rule: Rule, annotation: Annotation, { module }: ParsedFile): LibraryRule {
  const name = nameOf(rule);
  const example = annotation.custom?.["example"];
  return {
    name,
    kind: kindOf(rule),
    parameters: parameterNames((module.rules ?? []).filter((other) => nameOf(other) === name)),
    annotation,
    example: typeof example === "string" ? example.trim() : undefined,
  };
}

function nameOf({ head }: Rule): string {
  return refNames(head.ref)[0] ?? "";
}

function kindOf(rule: Rule): LibraryRule["kind"] {
  if (rule.head.args !== undefined) return "function";
  if (isPartialSet(rule)) return "set";
  return rule.head.ref.length > 1 ? "object" : "value";
}

/** One definition may take a constant, or `_` (`$0` in the tree), where another has a name. */
function parameterNames(definitions: readonly Rule[]): readonly string[] {
  const count = definitions[0]?.head.args?.length ?? 0;
  return Array.from({ length: count }, (_, index) => {
    const terms = definitions.map(({ head }) => head.args?.[index]);
    const names = terms.flatMap((term) => (term?.type === "var" ? [String(term.value)] : []));
    return names.find((name) => !name.startsWith("$")) ?? "_";
  });
}

/** The names that a file defines, each where it is defined first. */
function firstOfEach({ rules = [] }: Module): readonly { name: string; location: Location }[] {
  const first = new Map(rules.toReversed().map((rule) => [nameOf(rule), rule.location]));
  return [...first].map(([name, location]) => ({ name, location })).toReversed();
}

/** What a file uses of other packages, as `lib.image.parse`; imports are looked through. */
function usedIn({ module }: ParsedFile): ReadonlySet<string> {
  const own = formatPackage(packageParts(module));
  const imported = importedNames(module);
  const used = new Set<string>();
  for (const [first = "", ...rest] of referencesIn([module.imports ?? [], module.rules ?? []])) {
    const [root, ...names] = [...(imported.get(first) ?? [first]), ...rest];
    if (root !== "data") continue;
    // Any of the names may be the rule's, those before it the package's.
    for (const [index, name] of names.entries()) {
      const of = index === 0 ? own : formatPackage(names.slice(0, index));
      if (of !== own) used.add(`${of}.${name}`);
    }
  }
  return used;
}

/** What the imports of a file stand for, by the name that they have there. */
function importedNames({ imports = [] }: Module): ReadonlyMap<string, readonly string[]> {
  return new Map(
    imports.map(({ path, alias }) => {
      const names = refNames(refTerms(path) ?? []);
      return [alias ?? names.at(-1) ?? "", names];
    }),
  );
}
