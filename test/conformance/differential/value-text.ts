import fc, { type Arbitrary } from "fast-check";

export const integerText = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -3, max: 12 }).map(String) },
  fc.constantFrom("4294967296", "9007199254740993", "-9223372036854775809", "12345678901234567890123"),
);

/** Numbers as JSON and Rego write them, each in one notation: which of two equal ones is kept is not compared. */
export const numberText = fc.oneof(
  integerText,
  fc.constantFrom("0.1", "0.2", "1.50", "-2.5", "1e3", "1e21", "1e-7", "0.30000000000000004"),
  fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map(String),
  fc.tuple(fc.integer(), fc.integer({ min: 1, max: 9 })).map(([whole, part]) => `${whole}.0${part}`),
);

/** Strings in quotes, as JSON and Rego write them. */
export const stringText: Arbitrary<string> = fc
  .oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom("", "a", "b", "ab", "abc", "A", "k", "n", "0", "1", "10", "1.5", "true"),
    },
    fc.constantFrom(
      "é",
      "ß",
      "İ",
      "😀",
      "\uffee",
      "<&>",
      "\n",
      "a\nb",
      "\r\n",
      "^",
      "$",
      "^a$",
      ".",
      "a.b",
      "a+",
      "(a|b)*",
      "\u{10ffff}",
      "\u0000",
      '"',
      "\\",
      "\u2028",
      "a b",
      " a ",
      "10Mi",
      "1.2.3",
    ),
    fc.string({ unit: "grapheme", maxLength: 6 }),
  )
  .map((text) => JSON.stringify(text));

const scalarText = fc.oneof(fc.constantFrom("null", "true", "false"), numberText, stringText);

function collectionText(depth: number): Arbitrary<string> {
  return fc.oneof(arrayText(depth), objectText(depth));
}

function arrayText(depth: number): Arbitrary<string> {
  return fc.array(valueText(depth - 1), { maxLength: 4 }).map((items) => `[${items.join(", ")}]`);
}

function objectText(depth: number): Arbitrary<string> {
  return fc
    .uniqueArray(fc.tuple(stringText, valueText(depth - 1)), { maxLength: 4, selector: ([key]) => key })
    .map((members) => `{${members.map(([key, value]) => `${key}: ${value}`).join(", ")}}`);
}

function valueText(depth: number): Arbitrary<string> {
  return depth === 0 ? scalarText : fc.oneof(scalarText, collectionText(depth));
}

/** Input as the policies look at it: any member may be missing. */
export const inputText: Arbitrary<string> = fc
  .record(
    {
      n: numberText,
      i: integerText,
      s: stringText,
      b: fc.constantFrom("true", "false"),
      a: arrayText(2),
      o: objectText(2),
      z: valueText(2),
    },
    { requiredKeys: [] },
  )
  .map(
    (members) =>
      `{${Object.entries(members)
        .map(([key, text]) => `"${key}": ${text}`)
        .join(", ")}}`,
  );
