const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Characters in UTF-8, as bytes in Latin-1; what matches only the group is no UTF-8. */
const UTF8 =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|\xed[\x80-\x9f][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|([\x80-\xff])/g;

/**
 * The text in a `!!binary` scalar, or undefined if it is no base64. Like Go's encoding/json, each byte that is no UTF-8
 * becomes one U+FFFD (TextDecoder would replace several by one).
 */
export function decodeBinary(text: string): string | undefined {
  const base64 = text.replaceAll(/[\r\n]/g, "");
  if (!BASE64.test(base64)) return undefined;
  const bytes = Buffer.from(base64, "base64").toString("latin1");
  return bytes.replaceAll(UTF8, (character, invalid: string | undefined) =>
    invalid === undefined ? Buffer.from(character, "latin1").toString("utf8") : "\ufffd",
  );
}
