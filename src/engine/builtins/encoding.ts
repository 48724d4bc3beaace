import { type Builtins, ofStrings } from "./builtin.ts";

/** v1/topdown/encoding.go. `hex.decode` is not among them: its result may be no text, which cannot enter WebAssembly. */
export const ENCODING: Builtins = {
  "hex.encode": ofStrings((text) => Buffer.from(text, "utf8").toString("hex")),
  "base64url.encode_no_pad": ofStrings((text) => Buffer.from(text, "utf8").toString("base64url")),
};
