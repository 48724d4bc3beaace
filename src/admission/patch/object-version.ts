import { parseValue, type RegoValue } from "../../engine/index.ts";
import { PatchFailure } from "./failure.ts";
import { jsonLength, MAX_PATCHED_DEPTH } from "./json.ts";

/** UTF-16 units of JSON text: the API server takes request bodies up to 3 MiB (`MaxRequestBodyBytes`). */
const MAX_PATCHED_LENGTH = 3 * 1024 * 1024;

/** A value that was made of another version, and how long its text may be. */
interface Made {
  readonly value: RegoValue;
  readonly limit: number;
}

/**
 * The object between two patches. The text of one that was made is written whenever it is asked for: the versions of a
 * request live as long as the request, and their values, unlike their texts, share what is the same.
 */
export class ObjectVersion {
  readonly #text: string | undefined;
  readonly #limit: number;
  #value: RegoValue | undefined;

  /** The object as it came, as exact JSON text, or what became of it. */
  constructor(object: string | Made) {
    const came = typeof object === "string";
    this.#text = came ? object : undefined;
    this.#limit = came ? Math.max(MAX_PATCHED_LENGTH, object.length) : object.limit;
    this.#value = came ? undefined : object.value;
  }

  /** Exact JSON text. */
  get text(): string {
    return this.#text ?? JSON.stringify(this.value);
  }

  /** Throws PatchFailure if the object is nested too deep to be patched. */
  get value(): RegoValue {
    this.#value ??= parse(this.text);
    return this.#value;
  }

  /** The version with another value. Throws PatchFailure if that is larger than any object may be. */
  next(value: RegoValue): ObjectVersion {
    if (jsonLength(value, this.#limit) > this.#limit) {
      throw new PatchFailure(
        "apply",
        "the object would be larger or nested deeper than an API server accepts",
      );
    }
    return new ObjectVersion({ value, limit: this.#limit });
  }
}

function parse(text: string): RegoValue {
  try {
    return parseValue(text);
  } catch {
    // Nesting is all that the parser can refuse in valid JSON.
    throw new PatchFailure("apply", `the object is nested deeper than ${MAX_PATCHED_DEPTH} levels`);
  }
}
