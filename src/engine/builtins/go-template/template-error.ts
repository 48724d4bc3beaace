/** A template that Go would not parse or could not execute. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}
