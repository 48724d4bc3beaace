import { decodeBase64, decodeBase64Url, exactTextOf } from "./base64.ts";
import { type Builtins, ofStrings } from "./builtin.ts";

/** v1/topdown/encoding.go. What is decoded must be text: bytes that are no UTF-8 are beyond the engine. */
export const ENCODING: Builtins = {
  "hex.encode": ofStrings((text) => Buffer.from(text, "utf8").toString("hex")),
  "hex.decode": ofStrings((digits) => {
    const isHex = digits.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(digits);
    return isHex ? exactTextOf(Buffer.from(digits, "hex")) : undefined;
  }),
  "base64url.encode_no_pad": ofStrings((text) => Buffer.from(text, "utf8").toString("base64url")),
};

/** What the module's own functions take too much for. */
export const BASE64: Builtins = {
  // As base64 without line ends, which the module then decodes.
  "base64.decode": ofStrings((text) => decodeBase64(text)?.toString("base64")),
  "base64.is_valid": ([text]) => typeof text === "string" && decodeBase64(text) !== undefined,
  "base64url.decode": ofStrings((text) => decodeBase64Url(text)?.toString("base64url")),
};
