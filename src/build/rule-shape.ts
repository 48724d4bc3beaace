import { PortcullisError } from "../error.ts";
import { definitions, placeOf, type PolicyPackage } from "./policy-package.ts";
import { isPartialSet, refNames, type ParsedFile, type Rule } from "./syntax.ts";

/** Finds every rule that is not a set: OPA builds it, but its value is not what Portcullis evaluates. */
export function checkRuleShapes(root: string, policy: PolicyPackage): readonly PortcullisError[] {
  return policy.rules.flatMap((name) =>
    policy.files.flatMap((file) =>
      definitions(file, name)
        .filter((rule) => !isPartialSet(rule))
        .map((rule) => wrongShape(root, file, rule)),
    ),
  );
}

function wrongShape(root: string, file: ParsedFile, rule: Rule): PortcullisError {
  const [name = ""] = refNames(rule.head.ref);
  const [item, items] = name === "patch" ? ["operation", "patch objects"] : ["msg", "violations"];
  const form = file.dialect === "v0" ? `${name}[${item}] { … }` : `${name} contains ${item} if { … }`;
  return new PortcullisError("RULE_SHAPE", {
    message: `\`${name}\` must be a set of ${items}, but here it is ${shapeOf(rule)}.`,
    remedy: `Write \`${form}\`.`,
    position: placeOf(root, file.path, rule.location),
  });
}

function shapeOf({ default: isDefault, head }: Rule): string {
  if (head.args !== undefined) return "a function";
  if (isDefault === true) return "a single value with a default";
  return head.ref.length > 1 ? "an object with a value for each key" : "a single value";
}
