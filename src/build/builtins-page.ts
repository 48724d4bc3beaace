import { BUILTINS, ERASED_BUILTINS, LEFT_OUT, NATIVE_BUILTINS } from "../engine/index.ts";
import { OPA_VERSION } from "./opa/release.ts";

/** The page `docs/reference/builtins.md`: every builtin function that a policy may call. */
export function builtinsPage(): string {
  // Operators such as `plus` and what only the compiler writes (`internal.…`) are no functions that authors call by name.
  const native = [...NATIVE_BUILTINS].filter((name) => !name.startsWith("internal."));
  return [
    "# Builtin functions",
    "",
    `<!-- Written by \`make docs\`; changes here are lost. -->`,
    "",
    `Policies may call these builtins of OPA ${OPA_VERSION}. Any other is refused when the bundle is built, with file,`,
    "line, column and the reason. An error in a builtin makes the expression undefined, as in OPA.",
    "",
    "## In the module",
    "",
    "Compiled into WebAssembly by OPA, operators among them.",
    "",
    list(native),
    "",
    "Some of these differ from OPA's own there, or never end, so the engine takes over: always for `bits.*`, `base64.*`",
    "and `base64url.*`, `div`, `glob.match`, `json.is_valid`, `json.marshal`, `json.unmarshal`, `net.cidr_*`, `product`,",
    "`regex.find_all_string_submatch_n`, `regex.is_valid`, `sum` and template strings; for arithmetic with anything but integers of 32 bits, `concat` of a set, `format_int` and",
    "`numbers.range` beyond 32 bits, `to_number` of a text, `indexof` and `replace` of an empty text, empty paths of",
    "`json.filter` and `json.remove`, `object.union_n` of nothing, and patterns that the module's RE2 does not take. So the",
    "digits of numbers are OPA's, too. What is left: `to_number` takes no hexadecimal numbers and gives the digits as JSON",
    "writes them (`.50` is `0.50`), `\\C` in a regular expression matches a byte, and loops over sets and objects go in",
    "another order.",
    "",
    "## In the engine",
    "",
    "Written for Portcullis, compared with OPA's own results. `time.now_ns` gives one value for each request, by which",
    "tokens and certificates are judged, too; `rand.intn` and `uuid.rfc4122` are seeded for each request. Time zones are",
    "those of the IANA database, the same on every machine, and `Local` is UTC. Regular expressions are RE2's. Signatures",
    "by ES and PS algorithms (`io.jwt.encode_sign`) are others each time, as in OPA.",
    "",
    list([...BUILTINS.keys()]),
    "",
    ...DIFFERENCES,
    "",
    "## Resolved by the compiler",
    "",
    "`print` writes to standard error in `eval`, and to the server's log with `--log-level debug`.",
    "",
    list([...ERASED_BUILTINS].filter((name) => !name.startsWith("internal."))),
    "",
  ].join("\n");
}

/** What authors must know who know OPA. */
const DIFFERENCES = [
  "## Limits",
  "",
  "Where OPA would compute without end, or gives what the engine cannot hold, the evaluation ends with the policy error",
  "[EVALUATION_LIMIT](../errors.md#evaluation_limit); it is never just undefined, which would let objects in:",
  "",
  "- `net.cidr_expand` beyond 65,536 addresses, `net.cidr_contains_matches` beyond a million pairs;",
  "- `numbers.range` and `numbers.range_step` beyond a million numbers, `bits.lsh` by more than 65,536;",
  "- arithmetic, `bits.*` and `format_int` of numbers with an exponent beyond 40,000, which OPA does not read;",
  "- `strings.render_template` beyond a million steps, 16 MiB of text, 500 blocks in blocks or 200 parentheses in",
  "  parentheses; half a character out of `slice`, and lists, objects, true and false by another verb than a plain `%v` or",
  "  `%t`;",
  "- `graph.reachable_paths` beyond 200,000 nodes on all paths or 1,000 on one;",
  "- `json.unmarshal` beyond 1,000 levels, `yaml.unmarshal` beyond 400,000 values or 500 levels;",
  "- `regex.globs_match` of globs with very many stars, and a regular expression or a glob that is long with a text that",
  "  is long (instructions times characters beyond 2^28); `glob.match` beyond some hundreds of alternatives in one another;",
  "- `json.match_schema` and `json.verify_schema` beyond 500 levels of a schema or a document, a million comparisons of a",
  "  schema with a value or 16 million characters of faults, and where a schema leads only to itself, which ends OPA itself;",
  "- `graphql.*` beyond some 260,000 tokens, 250 levels of selections, values or types, 500 fragments or input objects in",
  "  one another, or two million comparisons;",
  "- `io.jwt.decode_verify` of more than ten tokens in one another;",
  "- bytes that are no UTF-8, out of `hex.decode`, `urlquery.decode`, `uri.parse` or `replace` of an empty text; and those out",
  "  of `base64.decode`, `base64url.decode` and `strings.replace_n` where a builtin of the engine takes them.",
  "",
  "Known differences from OPA:",
  "",
  "- `json.patch` follows RFC 6902 after an operation that moves the items of an array; OPA then looks at the old places.",
  "- `net.cidr_merge` gives the right networks where OPA's own code fails: twice the same address of IPv6, and IPv4 that",
  "  is written as IPv6.",
  "- `crypto.x509.parse_and_verify_certificates` never verifies a chain that has name constraints of other kinds than DNS,",
  "  one that has constraints of DNS above a certificate with addresses of mail or URIs, or one that requires policies.",
  "- `yaml.unmarshal` takes some texts that OPA refuses, such as the escape `\\/` and a document after `...` without",
  "  `---`, and leaves what is marked as `!!timestamp` as it is written.",
  "- `yaml.marshal` escapes line ends of Unicode, which OPA folds, and `yaml.unmarshal` takes them for text.",
  "- `graphql.*`: what a syntax tree says of `Definition`, `ObjectDefinition`, `ParentDefinition`, `VariableDefinition` and",
  "  `ExpectedType`, which only gqlparser's validation sets, is passed over.",
  "- `strings.render_template` has no complex numbers and no hexadecimal floats.",
  "- `json.match_schema` and `json.verify_schema` fetch nothing and read no file: `$ref` may lead into the schema itself and",
  "  to the schemas of drafts 4, 6 and 7; any other is an error, as in OPA where its capabilities allow no host. Faults of",
  "  several members come in the order of their keys; in OPA each time in another.",
  "",
  "## Left out",
  "",
  ...[...LEFT_OUT].map(([name, reason]) => `- \`${name}\`: ${reason}.`),
];

function list(names: readonly string[]): string {
  return names
    .toSorted()
    .map((name) => `\`${name}\``)
    .join(", ");
}
