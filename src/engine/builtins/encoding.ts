import { textOf } from "./base64.ts";
import { type Builtins, ofStrings } from "./builtin.ts";

/** v1/topdown/encoding.go. What is decoded must be text: bytes that are no UTF-8 cannot enter WebAssembly. */
export const ENCODING: Builtins = {
  "hex.encode": ofStrings((text) => Buffer.from(text, "utf8").toString("hex")),
  "hex.decode": ofStrings((digits) => {
    const isHex = digits.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(digits);
    return isHex ? textOf(Buffer.from(digits, "hex")) : undefined;
  }),
  "base64url.encode_no_pad": ofStrings((text) => Buffer.from(text, "utf8").toString("base64url")),
};
