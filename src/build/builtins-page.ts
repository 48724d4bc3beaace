import { BUILTINS, ERASED_BUILTINS, NATIVE_BUILTINS } from "../engine/index.ts";
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
    "line and column. An error in a builtin makes the expression undefined, as in OPA.",
    "",
    "## In the module",
    "",
    "Compiled into WebAssembly by OPA, operators among them.",
    "",
    list(native),
    "",
    "Some of these differ from OPA's own there, or never end, so the engine takes over: always for `bits.*`, `json.marshal`",
    "and template strings, and for `concat` of a set, `format_int` and `numbers.range` beyond 32 bits, `to_number` of a text,",
    "`indexof` and `replace` of an empty text, and empty paths of `json.filter` and `json.remove`. What is left: sums and",
    "products keep last zeros (`1.50 + 29` is `30.50`), quotients such as 1/3 have other last digits, and `to_number` takes no",
    "hexadecimal numbers and gives the digits as JSON writes them (`.50` is `0.50`).",
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
  "Where OPA would compute without end, the result is undefined: `net.cidr_expand` beyond 65,536 addresses,",
  "`net.cidr_contains_matches` beyond a million pairs, `numbers.range_step` beyond a million numbers, `bits.lsh` by",
  "more than 65,536, `bits.*` and `format_int` of numbers with an exponent of four digits,",
  "`strings.render_template` beyond a million steps, 16 MiB of text or 500 blocks in blocks,",
  "`graph.reachable_paths` beyond 200,000 nodes on all paths or 1,000 on one, `yaml.unmarshal` beyond 400,000 values or 500",
  "levels, `regex.globs_match` of globs with very many stars, and a regular expression that is long in a text that is",
  "long (instructions times characters beyond 2^28); `json.match_schema` and `json.verify_schema` beyond 500 levels of a",
  "schema or a document, a million comparisons of a schema with a value, 16 million characters of faults, and where a",
  "schema leads only to itself, which ends OPA itself.",
  "",
  "Known differences from OPA:",
  "",
  "- What is decoded (`hex.decode`, `urlquery.decode`, `uri.parse`) must be text: bytes that are no UTF-8 are undefined.",
  "- `json.patch` follows RFC 6902 after an operation that moves the items of an array; OPA then looks at the old places.",
  "- `net.cidr_merge` gives the right networks where OPA's own code fails: twice the same address of IPv6, and IPv4 that",
  "  is written as IPv6.",
  "- `crypto.x509.parse_and_verify_certificates` never verifies a chain that has name constraints.",
  "- `yaml.unmarshal` takes some texts that OPA refuses, such as the escape `\\/` and a document after `...` without",
  "  `---`, and leaves what is marked as `!!timestamp` as it is written.",
  "- `yaml.marshal` escapes line ends of Unicode, which OPA folds.",
  "- `strings.render_template` has no complex numbers and no hexadecimal floats, takes half a character (`slice`) for an",
  "  error, and writes lists, objects, true and false by `printf` with a plain `%v` or `%t` only.",
  "- `json.match_schema` and `json.verify_schema` fetch nothing and read no file: `$ref` may lead into the schema itself and",
  "  to the schemas of drafts 4, 6 and 7; any other is an error, as in OPA where its capabilities allow no host. Faults of",
  "  several members come in the order of their keys; in OPA each time in another.",
  "",
  "Left out: what asks the network or the machine (`http.send`, `net.lookup_ip_addr`, `opa.runtime`), `graphql.*`,",
  "`rego.parse_module` (Rego is parsed by OPA, which is not there at run time) and `providers.aws.sign_req`.",
];

function list(names: readonly string[]): string {
  return names
    .toSorted()
    .map((name) => `\`${name}\``)
    .join(", ");
}
