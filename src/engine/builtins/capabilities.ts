import { BUILTINS } from "./registry.ts";

/**
 * Builtins that OPA 1.22 compiles into the module (internal/compiler/wasm/wasm.go, builtinsFunctions); what some of them
 * do is changed when a module is loaded (`natives/natives.ts`).
 */
export const NATIVE_BUILTINS: ReadonlySet<string> = new Set(
  `abs all and any array.concat array.flatten array.reverse array.slice base64.decode base64.encode base64.is_valid
  base64url.decode base64url.encode bits.and bits.lsh bits.negate bits.or bits.rsh bits.xor ceil concat contains count
  div endswith equal floor format_int glob.match graph.reachable gt gte indexof internal.member_2 internal.member_3
  internal.template_string intersection is_array is_boolean is_null is_number is_object is_set is_string json.filter
  json.is_valid json.marshal json.remove json.unmarshal lower lt lte max min minus mul neq net.cidr_contains
  net.cidr_intersects net.cidr_overlap numbers.range object.filter object.get object.keys object.remove object.union
  object.union_n or plus product re_match regex.find_all_string_submatch_n regex.is_valid regex.match rem replace round
  set_diff sort split startswith strings.replace_n strings.reverse substring sum to_number trim trim_left trim_prefix
  trim_right trim_space trim_suffix type_name union upper walk`.split(/\s+/),
);

/** Builtins that the compiler resolves or erases, so that no call is left: `print` is dropped unless asked for. */
export const ERASED_BUILTINS: ReadonlySet<string> = new Set([
  "assign",
  "eq",
  "internal.print",
  "internal.test_case",
  "print",
  "rego.metadata.chain",
  "rego.metadata.rule",
]);

/** Builtins that no policy may call, and why; `portcullis build` says so where one is called. */
export const LEFT_OUT: ReadonlyMap<string, string> = new Map([
  ["http.send", "a policy asks nothing of the network while a request waits for it"],
  ["net.lookup_ip_addr", "a policy asks nothing of the network while a request waits for it"],
  ["opa.runtime", "it would show the server's environment to every policy"],
  ["providers.aws.sign_req", "it signs requests that only `http.send` could send"],
  ["rego.parse_module", "it needs OPA's own parser, which is not there when a policy is evaluated"],
]);

/** What `portcullis build` needs of the JSON of `opa capabilities`; everything else in it is kept as it is. */
interface Capabilities {
  readonly builtins: readonly { readonly name: string }[];
}

/** True if a compiled policy may call the builtin and get what OPA would give. */
export function isSupported(name: string): boolean {
  return NATIVE_BUILTINS.has(name) || ERASED_BUILTINS.has(name) || BUILTINS.has(name);
}

/**
 * From the JSON that `opa capabilities --current` prints makes the document for `opa build --capabilities`: with the
 * builtins that this engine has and no other, so that the compiler refuses the rest and says where. Throws TypeError
 * if `current` is no such document.
 */
export function capabilities(current: unknown): Capabilities {
  if (!isCapabilities(current)) throw new TypeError("`opa capabilities` printed no list of builtins.");
  return { ...current, builtins: current.builtins.filter(({ name }) => isSupported(name)) };
}

function isCapabilities(value: unknown): value is Capabilities {
  if (typeof value !== "object" || value === null || !("builtins" in value)) return false;
  return Array.isArray(value.builtins) && value.builtins.every(hasName);
}

function hasName(value: unknown): boolean {
  return typeof value === "object" && value !== null && "name" in value && typeof value.name === "string";
}
