import { RegoNumber, RegoObject, RegoSet, type RegoValue } from "./value.ts";

/**
 * The types that builtins of the host take, operand by operand, and the builtins (`opa capabilities --current`; a test
 * compares). Where nothing is written any type will do.
 */
const OPERAND_TYPES: Readonly<Record<string, string>> = {
  string:
    "base64url.encode_no_pad crypto.md5 crypto.parse_private_keys crypto.sha1 crypto.sha256 crypto.x509.parse_and_verify_certificates crypto.x509.parse_certificate_request crypto.x509.parse_certificates crypto.x509.parse_rsa_private_key glob.quote_meta graphql.parse_query graphql.parse_schema hex.decode hex.encode io.jwt.decode net.cidr_expand net.cidr_is_valid time.parse_duration_ns time.parse_rfc3339_ns trace units.parse units.parse_bytes uri.is_valid uri.parse urlquery.decode urlquery.decode_object urlquery.encode uuid.parse uuid.rfc4122 yaml.is_valid yaml.unmarshal",
  "string string":
    "crypto.hmac.equal crypto.hmac.md5 crypto.hmac.sha1 crypto.hmac.sha256 crypto.hmac.sha512 crypto.x509.parse_keypair indexof_n io.jwt.verify_eddsa io.jwt.verify_es256 io.jwt.verify_es384 io.jwt.verify_es512 io.jwt.verify_hs256 io.jwt.verify_hs384 io.jwt.verify_hs512 io.jwt.verify_ps256 io.jwt.verify_ps384 io.jwt.verify_ps512 io.jwt.verify_rs256 io.jwt.verify_rs384 io.jwt.verify_rs512 regex.globs_match regex.split semver.compare strings.count time.parse_ns",
  "string object":
    "crypto.x509.parse_and_verify_certificates_with_options io.jwt.decode_verify strings.render_template",
  "object array|set": "graph.reachable_paths",
  "object object object": "io.jwt.encode_sign",
  "string string string": "io.jwt.encode_sign_raw regex.replace",
  "any object": "json.marshal_with_options",
  "any array": "json.patch",
  "string|object string|object": "graphql.parse",
  "string|array|object|set string|array|object|set": "net.cidr_contains_matches",
  "array|set": "net.cidr_merge",
  "number number number": "numbers.range_step",
  "array|object|set array|object|set": "object.subset",
  "string number": "rand.intn",
  "string string number": "regex.find_n strings.split_n",
  "string string string string": "regex.template_match",
  "string array": "sprintf",
  "string|array|set string|array|set": "strings.any_prefix_match strings.any_suffix_match",
  "number number number number": "time.add_date",
  "number|array": "time.clock time.date time.format time.weekday",
  "number|array number|array": "time.diff",
  object: "urlquery.encode_object",
};

const TYPES_OF: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(OPERAND_TYPES).flatMap(([types, names]) =>
    names.split(" ").map((name) => [name, types.split(" ")] as const),
  ),
);

/** The types of the operands of a builtin as `string`, `array|set` or `any`; the last ones are left out if they are `any`. */
export function operandTypes(builtin: string): readonly string[] {
  return TYPES_OF.get(builtin) ?? [];
}

/**
 * Why a builtin has no result for these operands: in OPA's words (v1/topdown/builtins, NewOperandTypeErr) if one of them
 * has the wrong type, which is the most frequent reason. Types are told and never values, which may be secret.
 */
export function failureMessage(builtin: string, operands: readonly RegoValue[]): string {
  const types = operands.map(typeOf);
  for (const [index, wanted] of operandTypes(builtin).entries()) {
    const got = types[index];
    if (got === undefined || wanted === "any" || wanted.split("|").includes(got)) continue;
    const expected = wanted.includes("|") ? `one of {${wanted.replaceAll("|", ", ")}}` : wanted;
    return `${builtin}: operand ${index + 1} must be ${expected} but got ${got}`;
  }
  return `${builtin}: no result for operands of type ${types.join(", ")}`;
}

/** OPA's name of a value's type (`ast.ValueName`). */
function typeOf(value: RegoValue): string {
  if (value === null) return "null";
  if (value instanceof RegoNumber) return "number";
  if (value instanceof RegoObject) return "object";
  if (value instanceof RegoSet) return "set";
  return typeof value === "object" ? "array" : typeof value;
}
