import {
  EVENT_ID,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  COLLECTION_STYLE,
  type Event,
  type ScalarEvent,
} from "js-yaml";
import type { MutatedFile } from "./mutant.ts";
import { isNode, nodesIn, type Span, type SyntaxNode } from "./syntax-node.ts";

/** A string of METADATA and its place in the Rego file, quotes included. */
interface WrittenText {
  readonly text: string;
  readonly span: Span;
}

/** A list of strings as METADATA has it: each on a line of its own (`block`), or between brackets (`flow`). */
export interface WrittenList {
  readonly style: "block" | "flow";
  readonly items: readonly WrittenText[];
}

/** `custom.match` of METADATA as it stands in a Rego file. */
export interface WrittenMatch {
  /** Whether its keys stand on lines of their own (`block`), or between braces (`flow`). */
  readonly style: "block" | "flow";
  /** The first key. */
  readonly first: Span;
  readonly resources: WrittenList;
  /** Undefined if METADATA leaves open which operations. */
  readonly operations: WrittenList | undefined;
}

/** Undefined if the file has no METADATA of scope `package` that says so, or none whose places can be told. */
export function writtenMatch(file: Pick<MutatedFile, "tree" | "source">): WrittenMatch | undefined {
  const row = metadataRow(file.tree);
  if (row === undefined) return undefined;
  const match = memberOf(memberOf(treeOf(yamlOf(file.source.text, row)), "custom"), "match");
  if (match?.kind !== "mapping") return undefined;
  const [first, resources] = [match.members[0]?.key.span, listOf(memberOf(match, "resources"))];
  const own = memberOf(match, "operations");
  const operations = listOf(own);
  if (first === undefined || resources === undefined || (own === undefined) !== (operations === undefined)) {
    return undefined;
  }
  return { style: match.style, first, resources, operations };
}

/** The line of `# METADATA`, from 1. */
function metadataRow(tree: SyntaxNode): number | undefined {
  const found = nodesIn(tree["annotations"]).find(({ scope }) => scope === "package");
  const row = isNode(found?.["location"]) ? found["location"]["row"] : undefined;
  return typeof row === "number" ? row : undefined;
}

/** The comment below the line `# METADATA` as YAML; every character stands where it stands in the file. */
function yamlOf(text: string, row: number): string {
  const lines = text.split("\n");
  const end = lines.findIndex((line, index) => index >= row && !/^\s*#/.test(line));
  return lines
    .slice(0, end === -1 ? lines.length : end)
    .map((line, index) => (index < row ? " ".repeat(line.length) : line.replace("#", " ")))
    .join("\n");
}

type Style = WrittenList["style"];

type YamlNode =
  | ({ readonly kind: "scalar" } & WrittenText)
  | { readonly kind: "sequence"; readonly style: Style; readonly items: readonly YamlNode[] }
  | { readonly kind: "mapping"; readonly style: Style; readonly members: readonly Member[] }
  | { readonly kind: "alias" };

interface Member {
  readonly key: Extract<YamlNode, { readonly kind: "scalar" }>;
  readonly value: YamlNode;
}

/** OPA has read it, so it is YAML. */
function treeOf(yaml: string): YamlNode | undefined {
  const events = parseEvents(yaml, {}).values();
  events.next();
  return nextNode(events, yaml);
}

/** Undefined at the end of what holds it. */
function nextNode(events: Iterator<Event, undefined>, yaml: string): YamlNode | undefined {
  const event = events.next().value;
  if (event === undefined || event.type === EVENT_ID.POP) return undefined;
  if (event.type === EVENT_ID.SCALAR) return scalarOf(event, yaml);
  if (event.type === EVENT_ID.SEQUENCE) {
    return { kind: "sequence", style: styleOf(event), items: nodesOf(events, yaml) };
  }
  if (event.type === EVENT_ID.MAPPING) {
    return { kind: "mapping", style: styleOf(event), members: membersOf(nodesOf(events, yaml)) };
  }
  return { kind: "alias" };
}

function scalarOf(event: ScalarEvent, yaml: string): Extract<YamlNode, { readonly kind: "scalar" }> {
  const { style, valueStart, valueEnd } = event;
  const isQuoted = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED;
  const quotes = isQuoted ? 1 : 0;
  const span = { start: valueStart - quotes, end: valueEnd + quotes };
  return { kind: "scalar", text: getScalarValue(yaml, event), span };
}

function nodesOf(events: Iterator<Event, undefined>, yaml: string): readonly YamlNode[] {
  const nodes: YamlNode[] = [];
  for (let node = nextNode(events, yaml); node !== undefined; node = nextNode(events, yaml)) nodes.push(node);
  return nodes;
}

/** Keys and values take turns. */
function membersOf(nodes: readonly YamlNode[]): readonly Member[] {
  return nodes.flatMap((key, index) => {
    const value = nodes[index + 1];
    return index % 2 === 0 && key.kind === "scalar" && value !== undefined ? [{ key, value }] : [];
  });
}

function styleOf({ style }: { readonly style: number }): Style {
  return style === COLLECTION_STYLE.FLOW ? "flow" : "block";
}

function memberOf(node: YamlNode | undefined, name: string): YamlNode | undefined {
  if (node?.kind !== "mapping") return undefined;
  return node.members.find(({ key }) => key.text === name)?.value;
}

/** Undefined for what is no list of strings, as one with an alias. */
function listOf(node: YamlNode | undefined): WrittenList | undefined {
  if (node?.kind !== "sequence") return undefined;
  const items = node.items.filter((item) => item.kind === "scalar");
  return items.length === node.items.length && items.length > 0 ? { style: node.style, items } : undefined;
}
