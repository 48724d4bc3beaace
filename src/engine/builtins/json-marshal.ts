import { RegoObject, type RegoValue } from "../value.ts";
import type { Builtins } from "./builtin.ts";
import { marshalJson, marshalJsonIndent } from "./json-text.ts";

/** v1/topdown/encoding.go. */
export const JSON_MARSHAL: Builtins = {
  "json.marshal_with_options": ([value, options]) =>
    value !== undefined && options instanceof RegoObject ? marshal(value, options) : undefined,
};

const OPTIONS: ReadonlySet<RegoValue> = new Set(["prefix", "indent", "pretty"]);

/** With an indent or a prefix the text is written on several lines, unless `pretty` says otherwise. */
function marshal(value: RegoValue, options: RegoObject): string | undefined {
  if (options.entries.some(([name]) => !OPTIONS.has(name))) return undefined;
  const prefix = options.get("prefix") ?? "";
  const indent = options.get("indent") ?? "\t";
  const pretty = options.get("pretty") ?? options.entries.length > 0;
  if (typeof prefix !== "string" || typeof indent !== "string" || typeof pretty !== "boolean")
    return undefined;
  return pretty ? prefix + marshalJsonIndent(value, prefix, indent) : marshalJson(value);
}
