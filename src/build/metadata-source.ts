import { PortcullisError } from "../error.ts";
import { CustomMetadata } from "../policy/metadata.ts";
import { lineOfKey, metadataBlock, type MetadataBlock } from "./metadata-block.ts";
import { placeOf, type PolicyPackage } from "./policy-package.ts";
import type { Annotation, ParsedFile } from "./syntax.ts";

/** One METADATA block of a package and where it stands. */
export interface MetadataSource {
  readonly root: string;
  readonly file: ParsedFile;
  readonly annotation: Annotation;
  readonly block: MetadataBlock;
}

/** Every METADATA block of a package, of any scope. */
export function metadataSources(
  root: string,
  { files }: Pick<PolicyPackage, "files">,
): readonly MetadataSource[] {
  return files.flatMap((file) =>
    (file.module.annotations ?? []).map((annotation) => ({
      root,
      file,
      annotation,
      block: metadataBlock(file, annotation.location.row),
    })),
  );
}

/** The blocks that are read: those of scope `package`. */
export function packageMetadata(
  root: string,
  policy: Pick<PolicyPackage, "files">,
): readonly MetadataSource[] {
  return metadataSources(root, policy).filter(({ annotation }) => annotation.scope === "package");
}

const REMEDY = `Correct the METADATA above \`package\`; under \`custom\` it may have ${Object.keys(CustomMetadata.shape).join(", ")}.`;

/** METADATA_INVALID at the line of a key, given as its path from the top of the block. */
export function invalidMetadata(
  source: MetadataSource,
  path: readonly PropertyKey[],
  message: string,
  remedy: string = REMEDY,
): PortcullisError {
  const row = lineOfKey(source.block, path);
  const column = (source.file.lines[row - 1]?.search(/[^#\s-]/) ?? 0) + 1;
  return new PortcullisError("METADATA_INVALID", {
    message,
    remedy,
    position: placeOf(source.root, source.file.path, { row, col: column }),
  });
}
