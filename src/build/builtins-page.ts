import { ENDLESS_BUILTINS, ERASED_BUILTINS, NATIVE_BUILTINS } from "../engine/builtins/capabilities.ts";
import { BUILTINS } from "../engine/builtins/registry.ts";
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
    "Compiled into WebAssembly by OPA, operators among them. `format_int` takes 32 bits only and is a policy error",
    'beyond; `sprintf("%d", [n])` takes any integer.',
    "",
    list(native),
    "",
    "OPA's runtime never ends `replace` with an empty pattern. Where the pattern is no literal, or empty, the build puts",
    "`strings.replace_n` in its place, which gives the same and ends.",
    "",
    "Refused although OPA compiles them in, because a great number would keep them busy for minutes, and a text such as",
    `\`1e99999\` is enough: ${list([...ENDLESS_BUILTINS])}.`,
    "",
    "Some of these differ from OPA's own in details: `concat` of a set and the keys of `json.marshal` come in",
    "another order; `json.marshal` does not escape `<`, `>` and `&`; quotients such as 1/3 have other last digits.",
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
    "`print` is left out of the module; it is for `opa test`.",
    "",
    list([...ERASED_BUILTINS].filter((name) => !name.startsWith("internal."))),
    "",
  ].join("\n");
}

/** What authors must know who know OPA. */
const DIFFERENCES = [
  "Where OPA would compute without end, the result is undefined: `net.cidr_expand` beyond 65,536 addresses,",
  "`net.cidr_contains_matches` beyond a million pairs, `numbers.range_step` beyond a million numbers,",
  "`graph.reachable_paths` beyond 200,000 nodes on all paths or 1,000 on one, `yaml.unmarshal` beyond 400,000 values or 500",
  "levels, `regex.globs_match` of globs with very many stars, and a regular expression that is long in a text that is",
  "long (instructions times characters beyond 2^28).",
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
  "",
  "Left out: what asks the network or the machine (`http.send`, `net.lookup_ip_addr`, `opa.runtime`), `graphql.*`,",
  "`json.match_schema` and `json.verify_schema`, `strings.render_template` (templates of Go), `rego.parse_module` (Rego",
  "is parsed by OPA, which is not there at run time) and `providers.aws.sign_req`.",
];

function list(names: readonly string[]): string {
  return names
    .toSorted()
    .map((name) => `\`${name}\``)
    .join(", ");
}
