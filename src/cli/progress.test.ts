import { expect, test } from "@jest/globals";
import { progressOn } from "./progress.ts";

const line = (time: number): string => `\r\u001B[Kat ${time}`;

/** What a screen got, while the clock stands at the times given. */
function drawn(isTTY: boolean, times: readonly number[]): string {
  let text = "";
  const clock = [0, ...times].values();
  const progress = progressOn({ isTTY, write: (part) => (text += part) }, () => clock.next().value ?? 0);
  for (const time of times) progress.step(`at ${time}`);
  return text;
}

test("on a terminal a step is drawn after a second, and then ten times a second at most", () => {
  expect(drawn(true, [500, 999, 1_000, 1_050, 1_100, 1_250])).toBe(line(1_000) + line(1_100) + line(1_250));
});

test("without a terminal no step is drawn", () => {
  expect(drawn(false, [1_000, 5_000])).toBe("");
});

test("what a line quotes of others cannot act on the terminal", () => {
  let text = "";
  progressOn({ isTTY: true, write: (part) => (text += part) }, () => 0).say("a\u001B[2K\u001B[1A\nb");
  expect(text).toBe("a\\u001b[2K\\u001b[1A\\u000ab\n");
});

test("a line that is said removes what was drawn, and stands on any screen", () => {
  let text = "";
  let time = 0;
  const progress = progressOn({ isTTY: true, write: (part) => (text += part) }, () => time);
  time = 2_000;
  progress.step("evaluating 1/2");
  progress.say("note: something");
  progress.clear();
  expect(text).toBe("\r\u001B[Kevaluating 1/2\r\u001B[Knote: something\n");
});
