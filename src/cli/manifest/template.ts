import { SourceError } from "./source-error.ts";
import { stringAt, type Mapping } from "./value.ts";

/** Fields in which no API server accepts a brace. */
const NAMES = ["apiVersion", "kind"];
const METADATA_NAMES = ["name", "generateName", "namespace"];

/**
 * The error to show if a document that is no YAML is a template that nobody rendered: its line at fault holds `{{`.
 * Text that YAML accepts is never called a template, because `{{ … }}` is what the annotations of alert rules, the
 * templates of Argo and many ConfigMaps hold.
 */
export function templateError(text: string, error: SourceError): SourceError | undefined {
  if (error.code !== "MANIFEST_INVALID") return undefined;
  const start = text.lastIndexOf("\n", error.offset - 1) + 1;
  const end = text.indexOf("\n", error.offset);
  const brace = text.slice(start, end === -1 ? text.length : end).indexOf("{{");
  return brace === -1 ? undefined : leftover(start + brace);
}

/** An object whose own name or kind holds `{{` is a template too: there it is no text that anybody could mean. */
export function templateInNames(object: Mapping): SourceError | undefined {
  const metadata = object.members.get("metadata")?.value;
  return (
    leftoverIn(object, NAMES) ??
    (metadata?.kind === "mapping" ? leftoverIn(metadata, METADATA_NAMES) : undefined)
  );
}

function leftoverIn(mapping: Mapping, keys: readonly string[]): SourceError | undefined {
  const key = keys.find((name) => stringAt(mapping, name)?.includes("{{"));
  const start = key === undefined ? undefined : mapping.members.get(key)?.keyStart;
  return start === undefined ? undefined : leftover(start);
}

function leftover(offset: number): SourceError {
  return new SourceError(
    "a template expression `{{ … }}` stands here, which kubectl does not render",
    offset,
    "MANIFEST_TEMPLATE",
  );
}
