import { expect, test } from "@jest/globals";
import { shellWord } from "./finding.ts";

test.each([
  ["portcullis-system", "portcullis-system"],
  ["policy.portcullis.dev/exempt", "policy.portcullis.dev/exempt"],
  ["$(reboot)", "'$(reboot)'"],
  ["it's", String.raw`'it'\''s'`],
  ["", "''"],
])("%j is one word of a shell: %s", (text, word) => {
  expect(shellWord(text)).toBe(word);
});
