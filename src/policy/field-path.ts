/** A path into an object, outermost first: `["spec", "containers", 0, "image"]`. */
export type FieldPath = readonly (string | number)[];

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const STEP = /\.?([^.[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/y;

/**
 * Reads `spec.containers[0].image` or `metadata.labels["app.kubernetes.io/name"]`; undefined if it is neither.
 * The form is the one that the API server uses in `details.causes[].field` (k8s.io/apimachinery field.Path), with
 * quotes added so that a key may hold dots.
 */
export function parseFieldPath(text: string): FieldPath | undefined {
  const path: (string | number)[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const step = STEP.exec(text);
    if (step === null) return undefined;
    const [whole, key, index, quoted] = step;
    if (path.length === 0 && whole.startsWith(".")) return undefined;
    if (path.length > 0 && key !== undefined && !whole.startsWith(".")) return undefined;
    if (key !== undefined) path.push(key);
    else if (index !== undefined) path.push(Number(index));
    else path.push(unquote(quoted ?? ""));
  }
  return path.length === 0 ? undefined : path;
}

function unquote(text: string): string {
  return text.replace(/\\(.)/g, "$1");
}

/** Writes a path so that `parseFieldPath` reads it back. */
export function formatFieldPath(path: FieldPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (PLAIN_KEY.test(step)) text += text === "" ? step : `.${step}`;
    else text += `["${step.replace(/["\\]/g, "\\$&")}"]`;
  }
  return text;
}
