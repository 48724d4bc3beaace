/** `entry` is `-`, `key` is `?` or stands before a simple key, `value` is `:`, `separator` is `,`. */
type IndicatorType =
  | "entry"
  | "key"
  | "value"
  | "separator"
  | "sequence-start"
  | "sequence-end"
  | "mapping-start"
  | "mapping-end"
  | "block-sequence-start"
  | "block-mapping-start"
  | "block-end"
  | "document-start"
  | "document-end"
  | "stream-end";

/** Offsets count UTF-16 units of the document. */
interface Span {
  readonly start: number;
  readonly end: number;
}

export interface IndicatorToken extends Span {
  readonly type: IndicatorType;
}

export interface NameToken extends Span {
  readonly type: "anchor" | "alias" | "tag";
  /** The anchor's name, or the resolved tag such as `tag:yaml.org,2002:int`. */
  readonly name: string;
}

export interface ScalarToken extends Span {
  readonly type: "scalar";
  readonly value: string;
  readonly plain: boolean;
}

export type Token = IndicatorToken | NameToken | ScalarToken;
export type TokenType = Token["type"];
