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
    if (step === null || startsWrong(step, path.length === 0)) return undefined;
    const [, key, index, quoted = ""] = step;
    path.push(key ?? (index === undefined ? unquote(quoted) : Number(index)));
  }
  return path.length === 0 ? undefined : path;
}

/** A dot stands before every key but the first, and before nothing else. */
function startsWrong([whole, key]: RegExpExecArray, isFirst: boolean): boolean {
  return key !== undefined && whole.startsWith(".") === isFirst;
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
