import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { applyPatch } from "../../../admission/patch/apply.ts";
import { isList } from "../../../admission/patch/json.ts";
import type { PatchOperation } from "../../../admission/patch/operation.ts";
import { compare } from "../../../engine/compare.ts";
import { parseValue } from "../../../engine/parse.ts";
import { RegoObject, type RegoValue } from "../../../engine/value.ts";
import { readManifests } from "../read.ts";
import { patchSource } from "./patch-source.ts";
import { membersOf } from "./rego-value.ts";
import { quoted } from "./scalar-text.ts";

const TEXTS = [
  "a", "yes", "n", "0777", "1_000", "2001-01-01", "12:30:45", "=", "<<", "null", "~", "", " ", "- a", "-a", "---", "a: b",
  "a #b", "#", "a:", "{", "[x]", "a, b", "*a", "&a", "!t", "|", ">", "%", "@", "`", "'", '"', "\\", "it's \"so\"",
  "x\ny", "x\n", "x\n\n", "\nx", " x\ny", "x \ny", "x\n  y\n", "tab\there", "é", "😀", "\u0085", "\u2028", "\u0000", "\u007f",
  "\ufeff", "?", "? a", "a?b", ".5", "+1", "0x1f", "1e3", "-", "--- a", "...", "://x:80/y?z", "a\r\nb", "{{ x }}",
]; // prettier-ignore
const NUMBERS = ["0", "-1", "12345678901234567", "1.5", "-0.25", "1e21"];
const KEYS = [
  "name",
  "a",
  "b",
  "labels",
  "y",
  "app.kubernetes.io/name",
  "0",
  "x y",
  "<<",
  "---",
  "#k",
  "k: v",
  "",
];

const { json } = fc.letrec<{ json: unknown; list: unknown; map: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(
      fc.constantFrom(...TEXTS),
      fc.constantFrom(...NUMBERS).map((text) => Number(text)),
      fc.boolean(),
      fc.constant(null),
    ),
    tie("list"),
    tie("map"),
    tie("map"),
  ),
  list: fc.array(tie("json"), { maxLength: 4 }),
  map: fc
    .uniqueArray(fc.tuple(fc.constantFrom(...KEYS), tie("json")), { maxLength: 4, selector: ([key]) => key })
    .map((entries) => Object.fromEntries(entries)),
}));

/** Numbers that decide how a document is written and what its patch does, one after the other. */
type Choose = (below: number) => number;

function chooser(seeds: readonly number[]): Choose {
  let index = 0;
  return (below) => {
    index += 1;
    return (seeds[index % seeds.length] ?? 0) % below;
  };
}

/** Writes a value as YAML in changing styles, with a comment here and there, each with a number of its own. */
class Writer {
  comments = 0;
  private readonly choose: Choose;
  private readonly step: number;
  private readonly anchors: string[] = [];
  private readonly values = new Map<string, string>();

  constructor(choose: Choose) {
    this.choose = choose;
    this.step = 1 + choose(4);
  }

  document(value: Readonly<Record<string, unknown>>): string {
    return `apiVersion: v1\nkind: X\n${this.entries(value, 0)}${this.comment(0)}`;
  }

  private comment(column: number): string {
    if (this.choose(4) !== 0) return this.choose(8) === 0 ? "\n" : "";
    this.comments += 1;
    return `${" ".repeat(column)}# comment ${this.comments}.\n`;
  }

  private behind(): string {
    if (this.choose(5) !== 0) return "\n";
    this.comments += 1;
    return `  # comment ${this.comments}.\n`;
  }

  private entries(value: object, column: number): string {
    const isItems = Array.isArray(value);
    return Object.entries(value)
      .map(([key, member]: [string, unknown]) => {
        const indicator = isItems ? "-" : `${this.key(key)}:`;
        const start = `${this.comment(column)}${" ".repeat(column)}${indicator}`;
        return `${start}${isItems ? this.item(member, column) : this.value(member, column, true)}`;
      })
      .join("");
  }

  private key(key: string): string {
    return /^[a-x]+$/.test(key) && this.choose(2) === 0 ? key : JSON.stringify(key);
  }

  private item(value: unknown, column: number): string {
    const inline = isFilled(value) && !Array.isArray(value) && this.choose(3) !== 0;
    if (!inline) return this.value(value, column, false);
    return ` ${this.entries(value, column + 2).trimStart()}`.replace(/^ #[^\n]*\n\s*/, " ");
  }

  private value(value: unknown, column: number, inMap: boolean): string {
    const text = JSON.stringify(value);
    const known = this.anchors.find((name) => this.values.get(name) === text);
    if (known !== undefined && this.choose(2) === 0) return ` *${known}${this.behind()}`;
    const properties = this.properties(text);
    if (isFilled(value) && this.choose(4) !== 0) {
      const deeper = Array.isArray(value) && inMap && this.choose(2) === 0 ? 0 : this.step;
      return `${properties}${this.behind()}${this.entries(value, column + deeper)}`;
    }
    if (value === null && this.choose(2) === 0) return `${properties}${this.behind()}`;
    return `${properties} ${this.flow(value)}${this.behind()}`;
  }

  private properties(text: string): string {
    if (this.choose(5) !== 0 || text === "null") return "";
    const name = `n${this.anchors.length}`;
    this.anchors.push(name);
    this.values.set(name, text);
    return ` &${name}`;
  }

  private flow(value: unknown): string {
    const [space, line] = [" ".repeat(this.choose(2)), this.choose(3) === 0 ? "\n            " : ""];
    if (Array.isArray(value))
      return `[${line}${value.map((item) => this.flow(item)).join(`,${line}${space}`)}]`;
    if (typeof value !== "object" || value === null)
      return typeof value === "string" ? quoted(value) : String(value);
    const pairs = Object.entries(value).map(
      ([key, member]: [string, unknown]) => `${JSON.stringify(key)}: ${this.flow(member)}`,
    );
    return `{${line}${pairs.join(`,${line}${space}`)}${space}}`;
  }
}

function isFilled(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

/** One operation at a place that is there, or may be. */
function randomOperation(
  object: RegoValue,
  value: unknown,
  choose: Choose,
  isAddOnly: boolean,
): PatchOperation {
  const added = parseValue(JSON.stringify(value));
  const [parent, path] = randomParent(object, choose);
  const children = childrenOf(parent).map(([step]) => step);
  const step = children[choose(children.length + 1)];
  const kind = isAddOnly || step === undefined || ["apiVersion", "kind"].includes(step) ? 0 : choose(3);
  if (kind === 1) return { op: "remove", path: `${path}/${pointer(step ?? "")}` };
  if (kind === 2) return { op: "replace", path: `${path}/${pointer(step ?? "")}`, value: added };
  if (isList(parent)) return { op: "add", path: `${path}/${choose(parent.length + 1)}`, value: added };
  const free = [...KEYS, "new"].filter((key) => !children.includes(key));
  return { op: "add", path: `${path}/${pointer(free[choose(free.length)] ?? "newer")}`, value: added };
}

/** A collection somewhere in a value, and its pointer. */
function randomParent(object: RegoValue, choose: Choose): readonly [RegoValue, string] {
  let [at, path]: [RegoValue, string] = [object, ""];
  for (;;) {
    const deeper = childrenOf(at).filter(([, child]) => child instanceof RegoObject || isList(child));
    const [step, child] = deeper[choose(deeper.length + 1)] ?? [];
    if (step === undefined || child === undefined) return [at, path];
    [at, path] = [child, `${path}/${pointer(step)}`];
  }
}

function childrenOf(value: RegoValue): readonly (readonly [string, RegoValue])[] {
  if (isList(value)) return value.map((item, index) => [String(index), item]);
  return value instanceof RegoObject ? membersOf(value) : [];
}

function pointer(token: string): string {
  return token.replaceAll("~", "~0").replaceAll("/", "~1");
}

const documents = fc.record({
  value: fc
    .uniqueArray(fc.tuple(fc.constantFrom(...KEYS), json), { maxLength: 5, selector: ([key]) => key })
    .map((entries) => Object.fromEntries(entries)),
  seeds: fc.array(fc.nat({ max: 10_000 }), { minLength: 20, maxLength: 60 }),
  added: fc.array(json, { maxLength: 4 }),
  isAddOnly: fc.boolean(),
  syntax: fc.constantFrom("yaml", "yaml", "json"),
  lineBreak: fc.constantFrom("\n", "\r\n"),
  lastLineBreak: fc.boolean(),
});

function jsonDocument(value: Readonly<Record<string, unknown>>, choose: Choose): string {
  const indentation = ["", "  ", "\t"][choose(3)];
  return `${JSON.stringify({ apiVersion: "v1", kind: "X", ...value }, null, indentation)}\n`;
}

function commentsIn(text: string): readonly string[] {
  return text.match(/# comment \d+\./g) ?? [];
}

test("a document in any style, patched in any way, reads as the patched object and loses no comment to an addition", () => {
  fc.assert(
    fc.property(documents, ({ value, seeds, added, isAddOnly, syntax, lineBreak, lastLineBreak }) => {
      const choose = chooser(seeds);
      const document = syntax === "json" ? jsonDocument(value, choose) : new Writer(choose).document(value);
      const text = document.replaceAll("\n", lineBreak);
      const source = lastLineBreak ? text : text.replace(/\r?\n$/, "");
      const [manifest] = readManifests("f", source).manifests;
      fc.pre(manifest !== undefined);
      let wanted = parseValue(manifest.text);
      const patch = added.map((each) => {
        const operation = randomOperation(wanted, each, choose, isAddOnly);
        wanted = applyPatch(wanted, [operation]);
        return operation;
      });
      const { before, after } = patchSource(source, manifest, [], patch) ?? { before: "", after: "" };
      const [read] = readManifests("f", after).manifests;
      expect(before).toBe(source);
      expect(compare(parseValue(read?.text ?? "null"), wanted)).toBe(0);
      expect(patch.length > 0 || after === source).toBe(true);
      // Of several operations in a list whose items have no names it cannot be told which item is which.
      const kept = isAddOnly && patch.length === 1 ? commentsIn(source) : [];
      expect(commentsIn(after)).toEqual(expect.arrayContaining([...kept]));
    }),
    { numRuns: 1_500 },
  );
});
