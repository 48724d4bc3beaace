import type { LibraryPackage, LibraryRule } from "./library.ts";
import type { Annotation } from "./syntax.ts";

/** The page `docs/reference/policy-library.md`. `sources` is the policy root as seen from the page. */
export function libraryPage(packages: readonly LibraryPackage[], sources: string): string {
  const shown = packages.filter(({ rules }) => rules.length > 0).toSorted(byName);
  const sections = shown.flatMap((each) => section(each, sources));
  const blocks = ["# The policy library", WRITTEN, ...INTRODUCTION, contents(shown), ...sections];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

const WRITTEN = "<!-- Written by `make docs`; changes here are lost. -->";

const INTRODUCTION = [
  "What the packs share. A policy in the same folder imports a part of it by its package, `import data.lib.image`, and calls\n" +
    "it by the last part of that name, `image.parse(reference)`. Whatever is not listed here belongs to its file and may change.",
  "Where a function or a rule is undefined, so is the expression that asks for it, and `not` of it holds. In the examples\n" +
    "every expression holds; a test evaluates them.",
];

function contents(packages: readonly LibraryPackage[]): string {
  return packages
    .map(({ name, annotation }) => `- [${name}](#${anchor(name)}): ${annotation.title ?? ""}`)
    .join("\n");
}

/** As GitHub makes it of a heading. */
function anchor(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^a-z0-9_ -]/g, "");
}

function section({ name, file, annotation, rules }: LibraryPackage, sources: string): readonly string[] {
  const source = `Source: [${file}](${sources}/${file}), [test](${sources}/${file.replace(/\.rego$/, "_test.rego")})`;
  return [
    `## ${name}`,
    `${annotation.title ?? ""}.`,
    annotation.description?.trim() ?? "",
    related(annotation),
    source,
    ...rules.flatMap((rule) => ruleSection(name.split(".").at(-1) ?? "", rule)),
  ];
}

function ruleSection(
  imported: string,
  { name, kind, parameters, annotation, example }: LibraryRule,
): readonly string[] {
  const call = kind === "function" ? `${name}(${parameters.join(", ")})` : name;
  return [
    `### \`${imported}.${call}\``,
    `${annotation.title ?? ""} (${kind}).`,
    annotation.description?.trim() ?? "",
    related(annotation),
    example === undefined ? "" : `\`\`\`rego\n${example}\n\`\`\``,
  ];
}

function related({ related_resources: links = [] }: Partial<Annotation>): string {
  return links.map(({ ref, description }) => `- [${description ?? ref}](${ref})`).join("\n");
}

function byName(left: LibraryPackage, right: LibraryPackage): number {
  return left.name < right.name ? -1 : 1;
}
