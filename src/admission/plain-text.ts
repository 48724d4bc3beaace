/**
 * A policy's message as one line: it may quote the object, and control characters of an object must not reach a
 * terminal. The API server drops warnings that have any (apiserver, filters/warning.go).
 */
export function plainText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .trim();
}
