import {
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  FAILSAFE_SCHEMA,
  loadAll,
  mergeTag,
  NOT_RESOLVED,
} from "js-yaml";
import { RegoNumber, type RegoValue } from "../value.ts";
import { decodeBase64 } from "./base64.ts";
import { objectValue } from "./builtin.ts";
import { LimitReached } from "./limit-reached.ts";
import { singleFloatText } from "./yaml-float.ts";
import { resolvePlain, type YamlScalar } from "./yaml-scalar.ts";

/** Nodes of a document, aliases resolved; go-yaml refuses "excessive aliasing" likewise. */
const MAX_NODES = 400_000;

const MAX_DEPTH = 500;

const CORE = "tag:yaml.org,2002:";

/** A mapping while it is read: by the text that a key has in JSON, so that of equal keys the last wins. */
class Mapping {
  readonly entries = new Map<string, unknown>();
}

/** A number that was written as one with a fraction or an exponent, which as a key looks different. */
class Float extends RegoNumber {}

/** Thrown inside this file only. */
class NoJson extends Error {}

function scalarTag(name: string, kinds: readonly YamlScalar["kind"][]): ReturnType<typeof defineScalarTag> {
  return defineScalarTag(`${CORE}${name}`, {
    implicit: true,
    identify: () => false,
    resolve: (source) => {
      const scalar = resolvePlain(source);
      if (!kinds.includes(scalar.kind)) return NOT_RESOLVED;
      if (scalar.kind === "bool") return scalar.value;
      if (scalar.kind === "float") return new Float(scalar.text);
      return scalar.kind === "int" ? new RegoNumber(scalar.text) : null;
    },
  });
}

const mapping = {
  create: () => new Mapping(),
  addPair: (target: Mapping, key: unknown, value: unknown): string => {
    const name = keyText(key);
    if (name === undefined) return "a key that JSON cannot have";
    target.entries.set(name, value);
    return "";
  },
  has: (target: Mapping, key: unknown): boolean => target.entries.has(keyText(key) ?? ""),
  keys: (target: Mapping): Iterable<unknown> => target.entries.keys(),
  get: (target: Mapping, key: unknown): unknown => target.entries.get(String(key)),
  identify: (): boolean => false,
};

const sequence = {
  create: (): unknown[] => [],
  addItem: (items: unknown[], item: unknown): void => {
    items.push(item);
  },
  identify: (): boolean => false,
};

const binaryTag = defineScalarTag(`${CORE}binary`, {
  identify: () => false,
  resolve: (source) => decodeBase64(source.replaceAll(/\s/g, ""))?.toString("utf8") ?? NOT_RESOLVED,
});

/** Any tag of one's own counts for nothing. */
const ANY_TAG = { matchByTagPrefix: true };

const schema = FAILSAFE_SCHEMA.withTags(
  scalarTag("null", ["null"]),
  scalarTag("bool", ["bool"]),
  scalarTag("int", ["int"]),
  scalarTag("float", ["float", "int"]),
  mergeTag,
  binaryTag,
  defineMappingTag(`${CORE}map`, mapping),
  defineSequenceTag(`${CORE}seq`, sequence),
  // The tags of the core that are not above, and those of one's own.
  ...[CORE, "!"].flatMap((prefix) => [
    defineScalarTag(prefix, { ...ANY_TAG, identify: () => false, resolve: (source) => source }),
    defineMappingTag(prefix, { ...ANY_TAG, ...mapping }),
    defineSequenceTag(prefix, { ...ANY_TAG, ...sequence }),
  ]),
);

/** The text of a key in JSON; undefined if it can have none. */
function keyText(key: unknown): string | undefined {
  if (typeof key === "string") return key;
  if (typeof key === "boolean") return String(key);
  if (key instanceof Float) return floatKey(Number(key.text));
  return key instanceof RegoNumber ? key.text : undefined;
}

function floatKey(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  return Number.isFinite(value) ? singleFloatText(value) : `${value < 0 ? "-" : ""}.inf`;
}

/**
 * The first document of a text as OPA reads it (internal/yaml/yaml.go); null if there is none. Undefined if any of the
 * documents is no YAML, or the first cannot be written as JSON. Throws LimitReached if it is too great.
 */
export function readYaml(text: string): RegoValue | undefined {
  // go-yaml reads version 1.1 only, if a version is named.
  if (/^%YAML(?![ \t]+1\.1\b)/m.test(text)) return undefined;
  try {
    const [first] = loadAll(text, { schema, json: true });
    return first === undefined ? null : new Converter().value(first, 0);
  } catch (thrown) {
    if (thrown instanceof LimitReached) throw thrown;
    // js-yaml says that any error may come out of what it cannot read.
    return undefined;
  }
}

/** One document: counts its nodes, since aliases may make a small text a huge value. */
class Converter {
  readonly #around = new Set<unknown>();
  #nodes = 0;

  value(value: unknown, depth: number): RegoValue {
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES) throw new LimitReached("would read more than 400,000 values");
    if (depth > MAX_DEPTH) throw new LimitReached("would read more than 500 levels");
    if (value === null || typeof value === "boolean") return value;
    if (typeof value === "string") return value.toWellFormed();
    if (value instanceof RegoNumber) return finite(value);
    // An alias of what it is in.
    if (this.#around.has(value)) throw new NoJson();
    this.#around.add(value);
    const collection = this.#collection(value, depth + 1);
    this.#around.delete(value);
    return collection;
  }

  #collection(value: unknown, depth: number): RegoValue {
    if (Array.isArray(value)) return value.map((item) => this.value(item, depth));
    if (!(value instanceof Mapping)) throw new NoJson();
    return objectValue([...value.entries].map(([key, member]) => [key, this.value(member, depth)]));
  }
}

function finite(value: RegoNumber): RegoNumber {
  if (/[Nn]/.test(value.text)) throw new NoJson();
  return value;
}
