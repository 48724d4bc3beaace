/** A Rego value as it crosses the border of WebAssembly: nothing is lost, so numbers stay text and sets stay sets. */
export type RegoValue = null | boolean | string | RegoNumber | readonly RegoValue[] | RegoSet | RegoObject;

// `JSON.rawJSON` (ECMAScript "JSON.parse source text access") is in every supported Node but not yet in TypeScript's lib.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion, typescript/unbound-method -- see above; it needs no `this`
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

/** A number as its exact decimal text, e.g. `12345678901234567890` or `1e3`. */
export class RegoNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Lets `JSON.stringify` write the exact digits. */
  toJSON(): unknown {
    return rawJson(this.text);
  }
}

/** A set; `items` are distinct and in OPA's order (`compare`), as `parseValue` makes them. */
export class RegoSet {
  readonly items: readonly RegoValue[];

  constructor(items: readonly RegoValue[]) {
    this.items = items;
  }

  toJSON(): unknown {
    return this.items;
  }
}

/**
 * An object; `entries` have distinct keys, in OPA's order of the keys. Keys may be any value, which JSON cannot write:
 * those become their JSON text there, as in OPA.
 */
export class RegoObject {
  readonly entries: readonly (readonly [key: RegoValue, value: RegoValue])[];

  constructor(entries: readonly (readonly [key: RegoValue, value: RegoValue])[]) {
    this.entries = entries;
  }

  /** The value under a string key, or undefined. */
  get(key: string): RegoValue | undefined {
    return this.entries.find(([name]) => name === key)?.[1];
  }

  toJSON(): unknown {
    // Without a prototype, so that a key `__proto__` is a key like any other.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- typed `any` for want of a better type
    const plain = Object.create(null) as Record<string, unknown>;
    for (const [key, value] of this.entries)
      plain[typeof key === "string" ? key : JSON.stringify(key)] = value;
    return plain;
  }
}
