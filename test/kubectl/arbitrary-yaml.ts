import fc from "fast-check";

/** A node of YAML at an indentation; block collections begin on a line of their own. */
type Render = (indent: string) => string;

const WORDS =
  "a b key yes Off null ~ y 0 7 -1 +1 1.5 .5 1e3 0x1F 0o17 0777 08 1_000 0b11 12:30 2001-01-01 .e1 é 😀 a:b a#b x,y - ? <<".split(
    " ",
  );
function characters(text: string): readonly string[] {
  return Array.from(text);
}

const word = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...WORDS) },
  fc.string({ unit: fc.constantFrom(...characters("0123456789abefxobEX_+-.:~nyNY")), maxLength: 8 }),
  fc.string({ unit: fc.constantFrom(...characters("ab1 :#,[]{}&*!|>'\"%@`?-=<\\/\té😀")), maxLength: 6 }),
);

const doubleQuoted = fc
  .array(
    fc.constantFrom(
      "a",
      " ",
      "\n ",
      "\\\n  ",
      "\\n",
      "\\x41",
      "\\u00e9",
      '\\"',
      "\\\\",
      "\\_",
      "'",
      "#",
      ": ",
      "\u2028",
    ),
    { maxLength: 6 },
  )
  .map((parts) => `"${parts.join("")}"`);

const singleQuoted = word.map((text) => `'${text.replaceAll("'", "''")}'`);

const tag = fc.constantFrom(
  "",
  "",
  "",
  "",
  "",
  "!!str ",
  "!!int ",
  "!!float ",
  "!!bool ",
  "!mine ",
  "! ",
  "&x ",
  "&x !!str ",
);

const alias = fc.constant("*x");

const blockScalar = fc
  .record({
    style: fc.constantFrom("|", ">"),
    header: fc.constantFrom("", "", "-", "+", "1", "2-", " # c"),
    lines: fc.array(fc.tuple(fc.constantFrom("  ", "  ", "   ", ""), word), { minLength: 1, maxLength: 4 }),
  })
  .map(({ style, header, lines }): Render => (indent) => {
    return `${style}${header}\n${lines.map(([more, text]) => (text === "" ? "" : `${indent}${more}${text}`)).join("\n")}`;
  });

const flow = fc.letrec<{ node: string; list: string; map: string }>((tie) => ({
  node: fc.oneof({ depthSize: "small" }, word, singleQuoted, doubleQuoted, alias, tie("list"), tie("map")),
  list: fc
    .tuple(
      fc.array(tie("node"), { maxLength: 3 }),
      fc.constantFrom(", ", ",\n", ",\n  # c\n "),
      fc.constantFrom("", ",", "\n"),
    )
    .map(([items, separator, end]) => `[${items.join(separator)}${end}]`),
  map: fc
    .tuple(
      fc.array(fc.tuple(word, fc.constantFrom(": ", ":"), tie("node")), { maxLength: 3 }),
      fc.constantFrom("", ",", "\n"),
    )
    .map(([members, end]) => `{${members.map((member) => member.join("")).join(", ")}${end}}`),
}));

const inline: fc.Arbitrary<Render> = fc
  .tuple(
    tag,
    fc.oneof(word, word, word, singleQuoted, doubleQuoted, alias, flow.node),
    fc.constantFrom("", "", " # c", "#c", "\t# c"),
  )
  .map(
    ([property, text, comment]): Render =>
      () =>
        property + text + comment,
  );

const folded: fc.Arbitrary<Render> = fc.array(word, { minLength: 2, maxLength: 3 }).map(
  (words): Render =>
    (indent) =>
      words.join(`\n${indent} `),
);

/** What may stand behind `key:` or `-`: a value in the line, or a block below it. */
const block = fc.letrec<{ value: Render; list: Render; map: Render }>((tie) => ({
  value: fc.oneof({ depthSize: "medium" }, inline, inline, blockScalar, folded, tie("list"), tie("map")),
  list: fc
    .tuple(fc.array(tie("value"), { minLength: 1, maxLength: 3 }), fc.constantFrom("", "  ", "  ", " "))
    .map(([items, more]): Render => (indent) => {
      const inner = indent + more;
      return items.map((item) => `\n${inner}- ${item(`${inner}  `)}`).join("");
    }),
  map: fc
    .tuple(
      fc.array(
        fc.tuple(
          fc.oneof(word, singleQuoted, fc.constant("<<")),
          fc.constantFrom(": ", ": ", ": ", ":", ":\t", ": &x "),
          tie("value"),
        ),
        {
          minLength: 1,
          maxLength: 3,
        },
      ),
      fc.constantFrom("  ", "  ", "    ", " "),
    )
    .map(([members, more]): Render => (indent) => {
      const inner = indent + more;
      return members.map(([key, colon, value]) => `\n${inner}${key}${colon}${value(inner)}`).join("");
    }),
}));

/** What stands behind `spec:` in a document: mostly valid, with every construct that people write and many mistakes. */
export const yamlBody: fc.Arbitrary<string> = fc
  .tuple(block.value, fc.constantFrom("", "\n", "\n\n", "\n...\n", "\nlast: 1\n"))
  .map(([value, end]) => ` ${value("")}${end}`);
