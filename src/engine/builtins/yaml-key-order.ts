/** go-yaml's order of keys (sorter.go): letters after everything else, digits by the number that they make. */
export function compareKeys(a: string, b: string): number {
  const left = Array.from(a);
  const right = Array.from(b);
  const at = left.findIndex((rune, index) => rune !== right[index]);
  const [first, second] = [left[at], right[at]];
  if (first === undefined || second === undefined) return left.length - right.length;
  return isLess(left, right, at) ? -1 : 1;
}

/** `at` is the first place at which they differ. */
function isLess(left: readonly string[], right: readonly string[], at: number): boolean {
  const [first = "", second = ""] = [left[at], right[at]];
  const [isLetter, isOtherLetter] = [/\p{L}/u.test(first), /\p{L}/u.test(second)];
  if (isLetter && isOtherLetter) return pointOf(first) < pointOf(second);
  if (isLetter || isOtherLetter) return isDigit(left[at - 1]) ? isLetter : isOtherLetter;
  return isLessNumber(left, right, at);
}

function isLessNumber(left: readonly string[], right: readonly string[], at: number): boolean {
  const lead = (left[at] === "0" || right[at] === "0") && hasLeadingDigit(left, at) ? "1" : "";
  const [first, second] = [digitsFrom(left, at), digitsFrom(right, at)];
  const [number, other] = [BigInt(`0${lead}${first}`), BigInt(`0${lead}${second}`)];
  if (number !== other) return number < other;
  if (first.length !== second.length) return first.length < second.length;
  return pointOf(left[at] ?? "") < pointOf(right[at] ?? "");
}

/** Whether the digits before a place are more than zeros. */
function hasLeadingDigit(runes: readonly string[], at: number): boolean {
  return /[1-9][0-9]*$/.test(runes.slice(0, at).join(""));
}

function digitsFrom(runes: readonly string[], at: number): string {
  return /^\d*/.exec(runes.slice(at).join(""))?.[0] ?? "";
}

function isDigit(rune: string | undefined): boolean {
  return rune !== undefined && /\p{Nd}/u.test(rune);
}

function pointOf(rune: string): number {
  return rune.codePointAt(0) ?? 0;
}
