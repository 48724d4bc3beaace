import { compare, RegoObject, type RegoValue } from "../../engine/index.ts";
import { isAbsent, isList, valueAt } from "./json.ts";

/** What Go's encoding/json takes into a member of ObjectMeta, which every kind has (k8s.io/apimachinery, meta/v1). */
interface MetaMember {
  readonly name: string;
  readonly takes: (value: RegoValue) => boolean;
  readonly needs: string;
}

const isTexts = (value: RegoValue): boolean =>
  value instanceof RegoObject && value.entries.every(([, member]) => typeof member === "string");

const MEMBERS: readonly MetaMember[] = [
  { name: "labels", takes: isTexts, needs: "an object of strings" },
  { name: "annotations", takes: isTexts, needs: "an object of strings" },
  {
    name: "finalizers",
    takes: (value) => isList(value) && value.every((item) => typeof item === "string"),
    needs: "a list of strings",
  },
  {
    name: "ownerReferences",
    takes: (value) => isList(value) && value.every((item) => item instanceof RegoObject),
    needs: "a list of objects",
  },
];

/**
 * What is wrong with `metadata` where patches have changed it, or undefined: an object that no longer decodes is refused
 * with the whole request, even under `failurePolicy: Ignore`.
 */
export function wrongMetadata(before: RegoValue, after: RegoValue): string | undefined {
  const metadata = valueAt(after, ["metadata"]);
  if (!isAbsent(metadata) && !(metadata instanceof RegoObject)) return "metadata must be an object";
  const wrong = MEMBERS.find(({ name, takes }) => {
    const value = valueAt(after, ["metadata", name]);
    if (isAbsent(value) || takes(value)) return false;
    return compare(valueAt(before, ["metadata", name]) ?? null, value) !== 0;
  });
  return wrong === undefined ? undefined : `metadata.${wrong.name} must be ${wrong.needs}`;
}
