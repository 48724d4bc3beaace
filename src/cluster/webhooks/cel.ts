/** A CEL string literal, in single quotes, which need no escapes within YAML or JSON. */
export function celString(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${escaped}'`;
}

/** A CEL list of strings. */
export function celList(texts: readonly string[]): string {
  return `[${texts.map(celString).join(", ")}]`;
}

/** CEL: the subresource of the request, `''` for the resource itself, where the request has no such member. */
export const SUBRESOURCE = "(has(request.subResource) ? request.subResource : '')";
