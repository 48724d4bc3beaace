import { formatValue } from "../format.ts";
import type { RegoValue } from "../value.ts";
import type { Builtins } from "./builtin.ts";
import { toJson } from "./json-text.ts";
import { readYaml } from "./yaml-read.ts";
import { writeYaml } from "./yaml-write.ts";

/** v1/topdown/encoding.go. */
export const YAML: Builtins = {
  "yaml.unmarshal": ([text]) => (typeof text === "string" ? readYaml(text) : undefined),
  "yaml.marshal": ([value]) => (value === undefined ? undefined : marshal(value)),
  "yaml.is_valid": ([text]) => typeof text === "string" && readYaml(text) !== undefined,
};

/** Control characters that go-yaml, by which OPA reads its own JSON, takes for an error. */
// oxlint-disable-next-line no-control-regex -- see above
const UNREADABLE = /[\x7f-\x84\x86-\x9f\ufffe\uffff]/;

function marshal(value: RegoValue): string | undefined {
  const json = toJson(value);
  return UNREADABLE.test(formatValue(json, (text) => text)) ? undefined : writeYaml(json);
}
