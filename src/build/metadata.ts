import type { z } from "zod";
import type { PortcullisError } from "../error.ts";
import { CustomMetadata, type PolicyMetadata, PolicyMatch } from "../policy/metadata.ts";
import type { InputContract, Updates } from "../policy/rule.ts";
import { topLevelKeys } from "./metadata-block.ts";
import { invalidMetadata, metadataSources, packageMetadata, type MetadataSource } from "./metadata-source.ts";
import { suggestion } from "../policy/nearest.ts";
import { schemaProblems } from "./parameters-schema.ts";
import type { PolicyPackage } from "./policy-package.ts";
import { resolveResource } from "../policy/resource.ts";
import type { Annotation } from "./syntax.ts";

/** What a policy says of itself, before what it does not say is inferred. */
export interface DeclaredMetadata {
  readonly metadata: Omit<PolicyMetadata, "updates">;
  /** `custom.updates`. */
  readonly updates: Updates | undefined;
  /** `custom.input`. */
  readonly input: InputContract | undefined;
  /** Whether `custom.match.operations` is there; else `metadata.match` has the default. */
  readonly hasOperations: boolean;
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

/** Reads and validates the METADATA of scope `package`; all of it is optional. */
export function readMetadata(
  root: string,
  policy: PolicyPackage,
): { readonly declared: DeclaredMetadata; readonly problems: readonly PortcullisError[] } {
  const [source, ...others] = packageMetadata(root, policy);
  if (source === undefined) {
    const custom = CustomMetadata.parse({});
    const problems = misplacedMetadata(root, policy);
    return { declared: declare(policy, policy.files[0]?.path ?? "", {}, custom), problems };
  }
  const custom = CustomMetadata.safeParse(source.annotation.custom ?? {});
  const problems = [
    ...misplacedMetadata(root, policy),
    ...others.map((other) =>
      invalidMetadata(other, [], `The package has METADATA in ${source.file.path} already.`),
    ),
    ...unknownKeys(source),
    ...(custom.success
      ? schemaProblems(source, custom.data.parameters)
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

/** Our settings in METADATA of a rule, of a document or of several packages: OPA takes it, but it is not read. */
function misplacedMetadata(root: string, policy: PolicyPackage): readonly PortcullisError[] {
  const keys = Object.keys(CustomMetadata.shape);
  return metadataSources(root, policy)
    .filter(({ annotation }) => annotation.scope !== "package")
    .flatMap((source) => {
      const key = keys.find((name) => Object.hasOwn(source.annotation.custom ?? {}, name));
      if (key === undefined) return [];
      const { scope } = source.annotation;
      const message = `\`custom.${key}\` has no effect in METADATA of scope \`${scope}\`: it is a setting of the whole policy.`;
      const remedy =
        "Put it into METADATA above the line `package`, with `scope: package` or without `scope`.";
      return [invalidMetadata(source, ["custom", key], message, remedy)];
    });
}

function declare(
  { id }: PolicyPackage,
  file: string,
  { title, description, related_resources: related = [] }: Partial<Annotation>,
  { severity, enforcement, updates, category, match, parameters, remediation, input }: CustomMetadata,
): DeclaredMetadata {
  return {
    file,
    input,
    updates,
    hasOperations: match?.operations !== undefined,
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

function unknownKeys(source: MetadataSource): readonly PortcullisError[] {
  return topLevelKeys(source.block)
    .filter((key) => !OPA_KEYS.includes(key))
    .map((key) =>
      Object.hasOwn(CustomMetadata.shape, key)
        ? invalidMetadata(source, [key], `\`${key}\` of METADATA belongs under \`custom\`.`)
        : unknownKey(source, [key], [...OPA_KEYS, ...Object.keys(CustomMetadata.shape)]),
    );
}

function customProblems(source: MetadataSource, issue: z.core.$ZodIssue): readonly PortcullisError[] {
  const path = ["custom", ...issue.path];
  if (issue.code === "unrecognized_keys") {
    const known = issue.path.length === 0 ? Object.keys(CustomMetadata.shape) : ["resources", "operations"];
    return issue.keys.map((key) => unknownKey(source, [...path, key], known));
  }
  return [invalidMetadata(source, path, `\`${path.join(".")}\` is not valid: ${issue.message}.`)];
}

function unknownKey(
  source: MetadataSource,
  path: readonly PropertyKey[],
  known: readonly string[],
): PortcullisError {
  const key = String(path.at(-1));
  return invalidMetadata(
    source,
    path,
    `METADATA has no \`${path.join(".")}\`${suggestion(key, known) || "."}`,
  );
}

function resolveResources(
  source: MetadataSource,
  { match }: CustomMetadata,
): { readonly resources: readonly string[]; readonly problems: readonly PortcullisError[] } {
  const resolved = (match?.resources ?? []).map(resolveResource);
  const path = ["custom", "match", "resources"];
  return {
    resources: [...new Set(resolved.flatMap((result) => ("names" in result ? result.names : [])))],
    problems: resolved.flatMap((result) =>
      "problem" in result ? [invalidMetadata(source, path, result.problem)] : [],
    ),
  };
}
