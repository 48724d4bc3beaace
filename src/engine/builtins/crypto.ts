import { createHash } from "node:crypto";
import { type Builtins, ofStrings } from "./builtin.ts";

/** v1/topdown/crypto.go: of the string's UTF-8 bytes, in hexadecimal. */
export const CRYPTO: Builtins = {
  "crypto.md5": ofStrings((text) => digest("md5", text)),
  "crypto.sha1": ofStrings((text) => digest("sha1", text)),
  "crypto.sha256": ofStrings((text) => digest("sha256", text)),
};

function digest(algorithm: "md5" | "sha1" | "sha256", text: string): string {
  return createHash(algorithm).update(text, "utf8").digest("hex");
}
