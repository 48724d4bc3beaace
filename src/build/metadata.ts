import { z } from "zod";
import { PortcullisError } from "../error.ts";
import { CustomMetadata, type PolicyMetadata, PolicyMatch } from "../policy/metadata.ts";
import type { InputContract } from "../policy/rule.ts";
import { lineOfKey, metadataBlock, topLevelKeys, type MetadataBlock } from "./metadata-block.ts";
import { suggestion } from "../policy/nearest.ts";
import { placeOf, type PolicyPackage } from "./policy-package.ts";
import { resolveResource } from "../policy/resource.ts";
import type { Annotation, ParsedFile } from "./syntax.ts";

/** What a policy says of itself, before what it does not say is inferred. */
export interface DeclaredMetadata {
  readonly metadata: PolicyMetadata;
  /** `custom.input`. */
  readonly input: InputContract | undefined;
  /** The file that carries it or, without METADATA, the first of the package. */
  readonly file: string;
}

/** What OPA itself knows; anything else at the top would be dropped in silence. */
const OPA_KEYS = [
  "scope",
  "title",
  "description",
  "related_resources",
  "authors",
  "organizations",
  "schemas",
  "entrypoint",
  "compile",
  "labels",
  "custom",
];

/** One METADATA block of a package and where it stands. */
interface Source {
  readonly root: string;
  readonly file: ParsedFile;
  readonly annotation: Annotation;
  readonly block: MetadataBlock;
}

/** Reads and validates the METADATA of scope `package`; all of it is optional. */
export function readMetadata(
  root: string,
  policy: PolicyPackage,
): { readonly declared: DeclaredMetadata; readonly problems: readonly PortcullisError[] } {
  const [source, ...others] = sourcesOf(root, policy);
  if (source === undefined) {
    const custom = CustomMetadata.parse({});
    return { declared: declare(policy, policy.files[0]?.path ?? "", {}, custom), problems: [] };
  }
  const custom = CustomMetadata.safeParse(source.annotation.custom ?? {});
  const problems = [
    ...others.map((other) => invalid(other, [], `The package has METADATA in ${source.file.path} already.`)),
    ...unknownKeys(source),
    ...(custom.success
      ? schemaProblems(source, custom.data)
      : custom.error.issues.flatMap((issue) => customProblems(source, issue))),
  ];
  const settings = custom.success ? custom.data : CustomMetadata.parse({});
  const { resources, problems: resourceProblems } = resolveResources(source, settings);
  const declared = declare(policy, source.file.path, source.annotation, settings);
  if (settings.match === undefined || resources.length === 0) {
    return { declared, problems: [...problems, ...resourceProblems] };
  }
  const match = PolicyMatch.parse({ ...settings.match, resources });
  return {
    declared: { ...declared, metadata: { ...declared.metadata, match } },
    problems: [...problems, ...resourceProblems],
  };
}

function sourcesOf(root: string, { files }: PolicyPackage): readonly Source[] {
  return files.flatMap((file) =>
    (file.module.annotations ?? [])
      .filter(({ scope }) => scope === "package")
      .map((annotation) => ({
        root,
        file,
        annotation,
        block: metadataBlock(file, annotation.location.row),
      })),
  );
}

function declare(
  { id }: PolicyPackage,
  file: string,
  { title, description, related_resources: related = [] }: Partial<Annotation>,
  { severity, enforcement, category, parameters, remediation, input }: CustomMetadata,
): DeclaredMetadata {
  return {
    file,
    input,
    metadata: {
      title: title === undefined || title === "" ? id : title,
      description: description?.trim() ?? "",
      relatedResources: related.map(({ ref, description: text }) => ({
        ref,
        ...(text === undefined ? {} : { description: text }),
      })),
      severity,
      enforcement,
      ...(category === undefined ? {} : { category }),
      ...(parameters === undefined ? {} : { parameters }),
      ...(remediation === undefined ? {} : { remediation: remediation.trim() }),
    },
  };
}

function unknownKeys(source: Source): readonly PortcullisError[] {
  return topLevelKeys(source.block)
    .filter((key) => !OPA_KEYS.includes(key))
    .map((key) =>
      Object.hasOwn(CustomMetadata.shape, key)
        ? invalid(source, [key], `\`${key}\` of METADATA belongs under \`custom\`.`)
        : unknownKey(source, [key], [...OPA_KEYS, ...Object.keys(CustomMetadata.shape)]),
    );
}

function customProblems(source: Source, issue: z.core.$ZodIssue): readonly PortcullisError[] {
  const path = ["custom", ...issue.path];
  if (issue.code === "unrecognized_keys") {
    const known = issue.path.length === 0 ? Object.keys(CustomMetadata.shape) : ["resources", "operations"];
    return issue.keys.map((key) => unknownKey(source, [...path, key], known));
  }
  return [invalid(source, path, `\`${path.join(".")}\` is not valid: ${issue.message}.`)];
}

/** Found when a binding is loaded, a schema that cannot be read would stop a server instead of a build. */
function schemaProblems(source: Source, { parameters }: CustomMetadata): readonly PortcullisError[] {
  if (parameters === undefined) return [];
  try {
    z.fromJSONSchema(parameters);
    return [];
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return [invalid(source, ["custom", "parameters"], `\`custom.parameters\` is no JSON Schema: ${why}.`)];
  }
}

/** Parameters that no input carries: the contract `object` is the bare manifest. */
export function unusableParameters(
  root: string,
  policy: PolicyPackage,
  contract: InputContract | undefined,
): readonly PortcullisError[] {
  if (contract !== "object") return [];
  return sourcesOf(root, policy)
    .slice(0, 1)
    .filter(({ annotation }) => annotation.custom?.["parameters"] !== undefined)
    .map((source) =>
      invalid(
        source,
        ["custom", "parameters"],
        "The policy reads bare manifests, whose `input` has no `parameters`: read `input.request.object` instead to use them.",
      ),
    );
}

function unknownKey(source: Source, path: readonly PropertyKey[], known: readonly string[]): PortcullisError {
  const key = String(path.at(-1));
  return invalid(source, path, `METADATA has no \`${path.join(".")}\`${suggestion(key, known) || "."}`);
}

function resolveResources(
  source: Source,
  { match }: CustomMetadata,
): { readonly resources: readonly string[]; readonly problems: readonly PortcullisError[] } {
  const resolved = (match?.resources ?? []).map(resolveResource);
  const path = ["custom", "match", "resources"];
  return {
    resources: [...new Set(resolved.flatMap((result) => ("names" in result ? result.names : [])))],
    problems: resolved.flatMap((result) =>
      "problem" in result ? [invalid(source, path, result.problem)] : [],
    ),
  };
}

function invalid(source: Source, path: readonly PropertyKey[], message: string): PortcullisError {
  const row = lineOfKey(source.block, path);
  const column = (source.file.lines[row - 1]?.search(/[^#\s-]/) ?? 0) + 1;
  return new PortcullisError("METADATA_INVALID", {
    message,
    remedy: `Correct the METADATA above \`package\`; under \`custom\` it may have ${Object.keys(CustomMetadata.shape).join(", ")}.`,
    position: placeOf(source.root, source.file.path, { row, col: column }),
  });
}
