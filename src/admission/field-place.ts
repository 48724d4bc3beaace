import { parseFieldPath, type FieldPath } from "../policy/field-path.ts";
import { isJsonObject, member, stringMember, type JsonObject, type JsonValue } from "../policy/json.ts";
import { compareText } from "./bound-policy.ts";

/** Gives for a field, as violations name it, where that is in one version of an object. */
export type FieldPlaces = (field: string) => string;

/** Characters of what an item of a list is told by; of a longer one the index has to do. Names are shorter than this. */
const MAX_LABEL = 256;

const CONTAINER_LISTS: readonly unknown[] = ["containers", "initContainers", "ephemeralContainers"];
/** What objects are named by, where lists name objects: a ServiceAccount of another namespace is another one. */
const NAME_KEYS = ["kind", "namespace", "name"];

/**
 * Where a field stands and what stands there, as a text that is the same in every version of an object that has it the
 * same. An item of a list is told by its name, or else by the plain values in it, since its index changes whenever the
 * list is put in another order. A field that is no path is its own place.
 *
 * Of what stands there the plain values count: an image or a port that violates and is replaced by another is not left as
 * it was. Not so where any update may write beside what is wrong: in a container, in the lists and maps of metadata
 * (labels, finalizers), and in the whole `spec`.
 */
export function fieldPlaces(object: JsonObject | null): FieldPlaces {
  // A large item may hold many fields.
  const labels = new Map<JsonValue, JsonValue | undefined>();
  const known: LabelOf = (item) => {
    if (!labels.has(item)) labels.set(item, labelOf(item));
    return labels.get(item);
  };
  return (field) => {
    const path = parseFieldPath(field);
    return JSON.stringify(path === undefined ? field : stepsOf(object, path, known));
  };
}

type LabelOf = (item: JsonValue) => JsonValue | undefined;

/** The keys of a path, for each index a list with the label, and last what stands there. */
function stepsOf(object: JsonObject | null, path: FieldPath, label: LabelOf): readonly unknown[] {
  const steps: unknown[] = [];
  let value: JsonValue | undefined = object;
  for (const step of path) {
    const isIndex = typeof step === "number";
    value = valueAt(value, step);
    steps.push(isIndex ? [(value === undefined ? undefined : label(value)) ?? step] : step);
  }
  const content = value === undefined ? undefined : contentAt(value, path);
  return content === undefined ? steps : [...steps, { content }];
}

function valueAt(value: JsonValue | undefined, step: string | number): JsonValue | undefined {
  if (isList(value)) return typeof step === "number" ? value[step] : undefined;
  return isJsonObject(value) ? member(value, String(step)) : undefined;
}

/** What tells an item of a list from the others, or undefined. */
function labelOf(item: JsonValue): JsonValue | undefined {
  const label = nameOf(item) ?? contentOf(item);
  return label !== undefined && JSON.stringify(label).length <= MAX_LABEL ? label : undefined;
}

/** As an object, which no content is. */
function nameOf(item: JsonValue): JsonObject | undefined {
  if (!isJsonObject(item) || stringMember(item, "name") === undefined) return undefined;
  const named = NAME_KEYS.flatMap((key) => {
    const value = stringMember(item, key);
    return value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(named);
}

/** What at the end of a path must be the same, or undefined. */
function contentAt(value: JsonValue, path: FieldPath): JsonValue | undefined {
  if (isPlain(value)) return contentOf(value);
  const [outer, last] = [path.at(-2), path.at(-1)];
  if (outer === "metadata" || CONTAINER_LISTS.includes(outer)) return undefined;
  if (path.length === 1 && (last === "spec" || last === "metadata")) return undefined;
  const isContainers = isList(value) && CONTAINER_LISTS.includes(last);
  return isContainers ? inOneOrder(value.map((item) => nameOf(item) ?? null)) : contentOf(value);
}

/** The plain values: of an object with their keys, of a list with those of its items; in any order. Undefined for none. */
function contentOf(value: JsonValue): JsonValue | undefined {
  if (isPlain(value)) return value ?? undefined;
  const content = isList(value) ? inOneOrder(value.map(plainValues)) : plainValues(value);
  return isList(content) && content.length === 0 ? undefined : content;
}

function plainValues(value: JsonValue): JsonValue {
  if (!isJsonObject(value)) return isPlain(value) ? value : null;
  return inOneOrder(Object.entries(value).filter(([, each]) => each !== null && isPlain(each)));
}

function inOneOrder(values: readonly JsonValue[]): readonly JsonValue[] {
  return values
    .map((value) => [JSON.stringify(value), value] as const)
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([, value]) => value);
}

function isPlain(value: JsonValue): boolean {
  return typeof value !== "object" || value === null;
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
