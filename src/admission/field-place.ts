import { parseFieldPath, type FieldPath } from "../policy/field-path.ts";
import { isJsonObject, member, stringMember, type JsonObject, type JsonValue } from "../policy/json.ts";
import { compareText } from "./bound-policy.ts";

/** Gives for a field, as violations name it, where that is in one version of an object. */
export type FieldPlaces = (field: string) => FieldPlace;

export interface FieldPlace {
  readonly text: string;
  /**
   * Whether the text tells all that is at fault. Not so of a field that leads nowhere, and where not all that stands
   * there counts.
   */
  readonly isExact: boolean;
}

/** Characters of what an item of a list is told by; a longer one gets a number. Names are shorter than this. */
const MAX_LABEL = 256;

/** What holds texts only. */
const TEXT_MAPS: readonly unknown[] = ["labels", "annotations", "data"];
const CONTAINER_LISTS: readonly unknown[] = ["containers", "initContainers", "ephemeralContainers"];
/** What objects are named by, where lists name objects: a ServiceAccount of another namespace is another one. */
const NAME_KEYS = ["kind", "namespace", "name"];

/**
 * Where a field stands and what stands there, as a text that is the same in every version of an object that has it the
 * same. An item of a list is told by its name, or else by the plain values in it, since its index changes whenever the
 * list is put in another order. A field that is no path is its own place. Lists of plain values are as plain values.
 *
 * Of what stands there the plain values count: an image or a port that violates and is replaced by another is not left as
 * it was. Not so where any update may write beside what is wrong: in a container, in the lists and maps of metadata
 * (labels, finalizers), and in the whole `spec`.
 */
export function fieldPlaces(object: JsonObject | null, numberOf: NumberOf): FieldPlaces {
  // A large item may hold many fields.
  const labels = new Map<JsonValue, JsonValue | undefined>();
  const known: LabelOf = (item) => {
    if (!labels.has(item)) labels.set(item, labelOf(item, numberOf));
    return labels.get(item);
  };
  return (field) => {
    const path = parseFieldPath(field);
    if (path === undefined) return { text: JSON.stringify(field), isExact: false };
    const { steps, isExact } = stepsOf(object, path, known);
    return { text: JSON.stringify(steps), isExact };
  };
}

/** Gives equal texts the same number; that of the versions that are compared. */
export type NumberOf = (text: string) => number;

type LabelOf = (item: JsonValue) => JsonValue | undefined;

interface Steps {
  /** The keys of a path, for each index a list with the label, and last what stands there. */
  readonly steps: readonly unknown[];
  readonly isExact: boolean;
}

function stepsOf(object: JsonObject | null, path: FieldPath, label: LabelOf): Steps {
  const steps: unknown[] = [];
  let value: JsonValue | undefined = object;
  let isExact = false;
  for (const [depth, step] of path.entries()) {
    const inner = valueAt(value, step);
    if (isThere(value)) isExact = isThere(inner) || mayLack(value, path, depth);
    value = inner;
    const isIndex = typeof step === "number";
    steps.push(isIndex ? [(inner === undefined ? undefined : label(inner)) ?? step] : step);
  }
  if (!isThere(value)) return { steps, isExact };
  if (isCoarse(value, path)) return { steps: [...steps, ...coarseContent(value, path)], isExact: false };
  const content = contentOf(value);
  return { steps: content === undefined ? steps : [...steps, { content }], isExact: isWhole(value) };
}

function isThere(value: JsonValue | undefined): value is Exclude<JsonValue, null> {
  return value !== undefined && value !== null;
}

/**
 * Whether a key is merely absent. In a list, in a text or at the very top it is more likely that the path is wrong, and
 * where it goes on below a label, that a key with dots lacks its quotes.
 */
function mayLack(value: JsonValue, path: FieldPath, depth: number): boolean {
  if (depth === 0 || typeof path[depth] !== "string" || !isJsonObject(value)) return false;
  return !TEXT_MAPS.includes(path[depth - 1]) || depth === path.length - 1;
}

function valueAt(value: JsonValue | undefined, step: string | number): JsonValue | undefined {
  if (isList(value)) return typeof step === "number" ? value[step] : undefined;
  return isJsonObject(value) ? member(value, String(step)) : undefined;
}

/** What tells an item of a list from the others, or undefined. */
function labelOf(item: JsonValue, numberOf: NumberOf): JsonValue | undefined {
  const label = nameOf(item) ?? contentOf(item);
  if (label === undefined) return undefined;
  const text = JSON.stringify(label);
  return text.length <= MAX_LABEL ? label : { number: numberOf(text) };
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

/** Whether what stands at the end of a path is more than what is wrong, so that any update may change it. */
function isCoarse(value: JsonValue, path: FieldPath): boolean {
  if (isPlain(value)) return false;
  const [outer, last] = [path.at(-2), path.at(-1)];
  if (outer === "metadata" || CONTAINER_LISTS.includes(outer)) return true;
  if (path.length === 1 && (last === "spec" || last === "metadata")) return true;
  return isContainers(value, path);
}

function isContainers(value: JsonValue, path: FieldPath): value is readonly JsonValue[] {
  return isList(value) && CONTAINER_LISTS.includes(path.at(-1));
}

/** Of a list of containers their names; of all else nothing. */
function coarseContent(value: JsonValue, path: FieldPath): readonly JsonObject[] {
  return isContainers(value, path)
    ? [{ content: inOneOrder(value.map((item) => nameOf(item) ?? null)) }]
    : [];
}

/** The plain values: of an object with their keys, of a list with those of its items; in any order. Undefined for none. */
function contentOf(value: JsonValue): JsonValue | undefined {
  if (isPlain(value)) return value ?? undefined;
  const content = isList(value) ? inOneOrder(value.map(plainValues)) : plainValues(value);
  return isList(content) && content.length === 0 ? undefined : content;
}

function plainValues(value: JsonValue): JsonValue {
  if (!isJsonObject(value)) return isPlain(value) ? value : null;
  const entries = Object.entries(value).flatMap(([key, each]) => {
    if (!isPlainOrPlainList(each) || isNothing(each)) return [];
    return [[key, isList(each) ? inOneOrder(each) : each]];
  });
  return inOneOrder(entries);
}

/** Whether `contentOf` tells all that is in it. */
function isWhole(value: JsonValue): boolean {
  return isFlat(value) || (isList(value) && value.every((item) => !isList(item) && isFlat(item)));
}

function isFlat(value: JsonValue): boolean {
  return isJsonObject(value) ? Object.values(value).every(isPlainOrPlainList) : isPlainOrPlainList(value);
}

function isPlainOrPlainList(value: JsonValue): boolean {
  return isPlain(value) || (isList(value) && value.every(isPlain));
}

function isNothing(value: JsonValue): boolean {
  return value === null || (isList(value) && value.length === 0);
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
