import { PortcullisError } from "../error.ts";
import { RULES } from "../policy/rule.ts";
import { placeOf, type Package } from "./policy-package.ts";
import { refNames, type ParsedFile, type Rule } from "./syntax.ts";

/** Conftest evaluates `deny_root` as it does `deny`; the others are reserved for later versions (docs/errors.md). */
const RESERVED = /^((deny|violation|warn)_.*|exception|fix)$/;
const EVALUATED: ReadonlySet<string> = new Set(RULES);

/** Finds rules of policies that look as if they were evaluated and never are, because of their names. */
export function reservedRules(root: string, { files }: Package): readonly PortcullisError[] {
  return ignoredRules(root, files, (name) => RESERVED.test(name)).map(({ name, position }) => {
    const [, , rule] = RESERVED.exec(name) ?? [];
    return new PortcullisError("RULE_IGNORED", {
      message: `\`${name}\` would never be evaluated: this version evaluates ${RULES.join(", ")}, and the name is reserved.`,
      remedy:
        rule === undefined
          ? "Take it out, or give it another name if it only helps other rules; a binding or Exclusions make exceptions."
          : `Name it \`${rule}\`: rules of one name add up. Give it another name if it only helps other rules.`,
      position,
    });
  });
}

/** Finds rules in a library that would be evaluated anywhere else. */
export function libraryRules(root: string, { files }: Package): readonly PortcullisError[] {
  return ignoredRules(root, files, (name) => EVALUATED.has(name) || RESERVED.test(name)).map(
    ({ name, position }) =>
      new PortcullisError("RULE_IGNORED", {
        message: `\`${name}\` would never be evaluated: what lies in lib/ is a library and no policy.`,
        remedy:
          "Move the file into the folder of a pack, or give the rule another name if it only helps other rules.",
        position,
      }),
  );
}

interface Ignored {
  readonly name: string;
  readonly position: NonNullable<PortcullisError["position"]>;
}

/** The first definition of each such name in each file. A function is called by others and never a rule by itself. */
function ignoredRules(
  root: string,
  files: readonly ParsedFile[],
  isIgnored: (name: string) => boolean,
): readonly Ignored[] {
  return files.flatMap((file) => {
    const first = new Map<string, Rule>();
    for (const rule of file.module.rules ?? []) {
      const [name = ""] = refNames(rule.head.ref);
      if (rule.head.args === undefined && isIgnored(name) && !first.has(name)) first.set(name, rule);
    }
    return [...first].map(([name, { location }]) => ({ name, position: placeOf(root, file.path, location) }));
  });
}
