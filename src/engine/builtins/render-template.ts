import { RegoObject } from "../value.ts";
import type { Builtins } from "./builtin.ts";
import { isMap, toDatum } from "./go-template/data.ts";
import { execute } from "./go-template/execute.ts";
import { parseTemplate, ROOT } from "./go-template/parser.ts";
import { TemplateError } from "./go-template/template-error.ts";

/** v1/topdown/template.go: Go's text/template. */
export const RENDER_TEMPLATE: Builtins = {
  "strings.render_template": ([template, variables]) =>
    typeof template === "string" && variables instanceof RegoObject ? render(template, variables) : undefined,
};

function render(template: string, variables: RegoObject): string | undefined {
  try {
    const data = toDatum(variables);
    if (!isMap(data)) return undefined;
    return execute(parseTemplate(template), ROOT, data).replaceAll("<no value>", "<undefined>");
  } catch (thrown) {
    if (thrown instanceof TemplateError) return undefined;
    throw thrown;
  }
}
