import { type Draft, META_SCHEMAS, namedDraft } from "./draft.ts";
import { isList, isObject, type JsonObject, type JsonValue, readPlain } from "./json-value.ts";
import { type Limits, SchemaError } from "./limits.ts";
import {
  formatReference,
  isCanonical,
  parseReference,
  pointerOf,
  type Reference,
  resolveReference,
  textOfReference,
  withoutFragment,
} from "./reference.ts";

/** A schema that a reference leads to, and the draft that its document names. */
export interface PooledSchema {
  readonly document: JsonValue;
  readonly draft: Draft | undefined;
}

/** What is no schema although it looks like one: JSON to compare with. */
const LITERALS: ReadonlySet<string> = new Set(["const", "enum"]);

/** Schemas by names of the policy's choice. */
const MAPS: ReadonlySet<string> = new Set(["properties", "dependencies", "patternProperties"]);

/**
 * The schemas of one call by their absolute references (gojsonschema/schemaPool.go). Nothing is fetched: with any
 * reference beyond the schema itself it does what OPA does if its capabilities allow no host.
 */
export class SchemaPool {
  readonly #limits: Limits;
  readonly #documents = new Map<string, PooledSchema>();
  readonly #references = new Map<JsonObject, string>();

  constructor(root: JsonValue, limits: Limits) {
    this.#limits = limits;
    this.#add(root, parseReference("#"));
  }

  /** The `$ref` of a schema as an absolute reference, else as it is written. */
  referenceOf(schema: JsonObject): JsonValue | undefined {
    return this.#references.get(schema) ?? schema.get("$ref");
  }

  find(reference: Reference): PooledSchema {
    const name = formatReference(reference);
    const known = this.#documents.get(name);
    if (known !== undefined) return known;
    const document =
      this.#documents.get(formatReference(withoutFragment(reference))) ?? this.#load(reference);
    const found = { document: follow(document.document, pointerOf(reference)), draft: document.draft };
    this.#documents.set(name, found);
    return found;
  }

  #load(reference: Reference): PooledSchema {
    if (!isCanonical(reference))
      throw new SchemaError(`Reference ${textOfReference(reference)} must be canonical`);
    const address = withoutFragment(reference);
    const known = META_SCHEMAS.get(formatReference(address));
    if (known === undefined)
      throw new SchemaError(`remote reference loading disabled: ${textOfReference(address)}`);
    const document = readPlain(known.schema, this.#limits);
    this.#add(document, address);
    return { document, draft: known.draft };
  }

  #add(document: JsonValue, reference: Reference): void {
    const draft = namedDraft(document);
    this.#resolve({ document, draft }, reference);
    this.#documents.set(formatReference(reference), { document, draft });
  }

  /** Finds every `$id` and makes every `$ref` absolute. What is wrong here fails when the schema is compiled. */
  #resolve(pooled: PooledSchema, base: Reference): void {
    const { document, draft } = pooled;
    this.#limits.nest(() => {
      if (isList(document)) for (const item of document) this.#resolve({ document: item, draft }, base);
      if (!isObject(document)) return;
      const scope = this.#scopeOf(document, draft, base);
      const target = resolveText(scope, document.get("$ref"));
      if (target !== undefined) this.#references.set(document, textOfReference(target));
      for (const child of schemasIn(document)) this.#resolve({ document: child, draft }, scope);
    });
  }

  #scopeOf(document: JsonObject, draft: Draft | undefined, base: Reference): Reference {
    const scope = resolveText(base, document.get(document.has("id") ? "id" : "$id"));
    if (scope === undefined) return base;
    const name = formatReference(scope);
    if (this.#documents.has(name))
      throw new SchemaError(`Reference already exists: "${textOfReference(scope)}"`);
    this.#documents.set(name, { document, draft });
    return scope;
  }
}

function schemasIn(document: JsonObject): readonly JsonValue[] {
  return [...document].flatMap(([key, value]) => {
    if (LITERALS.has(key)) return [];
    if (!MAPS.has(key)) return [value];
    return isObject(value) ? [...value.values()] : [];
  });
}

/** Undefined for what is no reference. */
function resolveText(base: Reference, text: JsonValue | undefined): Reference | undefined {
  if (typeof text !== "string") return undefined;
  try {
    return resolveReference(base, parseReference(text));
  } catch (thrown) {
    if (thrown instanceof SchemaError) return undefined;
    throw thrown;
  }
}

/** Module github.com/xeipuuv/gojsonpointer. */
function follow(document: JsonValue, pointer: readonly string[]): JsonValue {
  return pointer.reduce((value, token) => step(value, token), document);
}

function step(value: JsonValue, token: string): JsonValue {
  if (isObject(value)) {
    const key = token.replaceAll("~1", "/").replaceAll("~0", "~");
    const member = value.get(key);
    if (member === undefined) throw new SchemaError(`Object has no key '${key}'`);
    return member;
  }
  if (!isList(value)) throw new SchemaError(`Invalid token reference '${token}'`);
  if (!/^[+-]?\d{1,18}$/.test(token)) throw new SchemaError(`Invalid array index '${token}'`);
  const item = value[Number(token)];
  if (item === undefined)
    throw new SchemaError(`Out of bound array[0,${value.length}] index '${BigInt(token.replace("+", ""))}'`);
  return item;
}
