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
    "Written for Portcullis, compared with OPA's own results. `time.now_ns` gives one value for each request; `rand.intn`",
    "and `uuid.rfc4122` are seeded for each request.",
    "",
    list([...BUILTINS.keys()]),
    "",
    "## Resolved by the compiler",
    "",
    "`print` is left out of the module; it is for `opa test`.",
    "",
    list([...ERASED_BUILTINS].filter((name) => !name.startsWith("internal."))),
    "",
  ].join("\n");
}

function list(names: readonly string[]): string {
  return names
    .toSorted()
    .map((name) => `\`${name}\``)
    .join(", ");
}
