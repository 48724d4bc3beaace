import fc, { type Arbitrary } from "fast-check";
import type { Type } from "./declaration.ts";
import { numberText, stringText } from "./value-text.ts";

/** Collections in collections. */
const DEPTH = 2;

const SCALAR_TEXTS = {
  null: fc.constant("null"),
  boolean: fc.constantFrom("true", "false"),
  number: numberText,
  string: stringText,
};

type Scalar = Extract<Type, { type: keyof typeof SCALAR_TEXTS }>;

function isScalar(type: Type): type is Scalar {
  return type.type in SCALAR_TEXTS;
}

/** Values of a type as Rego writes them. */
export function textOfType(type: Type, depth = DEPTH): Arbitrary<string> {
  if (isScalar(type)) return SCALAR_TEXTS[type.type];
  switch (type.type) {
    case "any":
      return fc.oneof(...(type.of ?? anyOf(depth)).map((one) => textOfType(one, depth)));
    case "array":
      return arrayText(type, depth).map((items) => `[${items.join(", ")}]`);
    case "set":
      return itemsOf(type.of, depth).map((items) => (items.length === 0 ? "set()" : `{${items.join(", ")}}`));
    case "object":
      return membersOf(type, depth).map((members) => `{${members.join(", ")}}`);
  }
}

function arrayText(type: Extract<Type, { type: "array" }>, depth: number): Arbitrary<readonly string[]> {
  if (type.static === undefined) return itemsOf(type.dynamic, depth);
  return fc.tuple(...type.static.map((item) => textOfType(item, depth - 1)));
}

const SCALARS = ["null", "boolean", "number", "string", "string"] as const;

function anyOf(depth: number): readonly Type[] {
  const scalars = SCALARS.map((type) => ({ type }));
  return depth <= 0 ? scalars : [...scalars, { type: "array" }, { type: "set" }, { type: "object" }];
}

function itemsOf(type: Type = { type: "any" }, depth: number): Arbitrary<readonly string[]> {
  return fc.uniqueArray(textOfType(type, depth - 1), { maxLength: 4 });
}

function membersOf(type: Extract<Type, { type: "object" }>, depth: number): Arbitrary<readonly string[]> {
  const fixed = fc
    .subarray([...(type.static ?? [])])
    .chain((members) =>
      fc.tuple(
        ...members.map(({ key, value }) =>
          textOfType(value, depth - 1).map((text) => `${JSON.stringify(key)}: ${text}`),
        ),
      ),
    );
  if (type.dynamic === undefined && type.static !== undefined) return fixed;
  const { key = { type: "any" }, value = { type: "any" } } = type.dynamic ?? {};
  const pair = fc.tuple(textOfType(key, 0), textOfType(value, depth - 1));
  const others = fc.uniqueArray(pair, { maxLength: 4, selector: ([text]) => text });
  return fc.tuple(fixed, others).map(([known, more]) => [...known, ...more.map(([k, v]) => `${k}: ${v}`)]);
}
