import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { type Builtins, ofStrings } from "./builtin.ts";

/** v1/topdown/crypto.go: of the string's UTF-8 bytes, in hexadecimal. */
export const CRYPTO: Builtins = {
  "crypto.md5": ofStrings((text) => digest("md5", text)),
  "crypto.sha1": ofStrings((text) => digest("sha1", text)),
  "crypto.sha256": ofStrings((text) => digest("sha256", text)),
  "crypto.hmac.md5": ofStrings((text, key) => hmac("md5", text, key)),
  "crypto.hmac.sha1": ofStrings((text, key) => hmac("sha1", text, key)),
  "crypto.hmac.sha256": ofStrings((text, key) => hmac("sha256", text, key)),
  "crypto.hmac.sha512": ofStrings((text, key) => hmac("sha512", text, key)),
  "crypto.hmac.equal": ofStrings((first, second) => areEqual(Buffer.from(first), Buffer.from(second))),
};

function hmac(algorithm: string, text: string, key: string): string {
  return createHmac(algorithm, key).update(text, "utf8").digest("hex");
}

function areEqual(first: Buffer, second: Buffer): boolean {
  return first.length === second.length && timingSafeEqual(first, second);
}

function digest(algorithm: "md5" | "sha1" | "sha256", text: string): string {
  return createHash(algorithm).update(text, "utf8").digest("hex");
}
