import { describe, expect, test } from "@jest/globals";
import type { PatchOperation } from "../../../admission/patch/operation.ts";
import { parseValue } from "../../../engine/parse.ts";
import { readManifests } from "../read.ts";
import { patchSource } from "./patch-source.ts";

const HEAD = "apiVersion: v1\nkind: Pod\n";

/** `add /path value`, `replace /path value` or `remove /path`, the value in JSON. */
function operation(text: string): PatchOperation {
  const [op = "", path = "", ...value] = text.split(" ");
  if (op === "remove") return { op, path };
  return { op: op === "add" ? "add" : "replace", path, value: parseValue(value.join(" ")) };
}

/** The whole file after the patch of the object with the given index. */
function patched(
  source: string,
  patch: readonly string[],
  index = 0,
  objectPath: readonly string[] = [],
): string {
  const { manifests } = readManifests("f", source);
  const manifest = manifests[index];
  if (manifest === undefined) throw new Error("no such manifest");
  const edit = patchSource(source, manifest, objectPath, patch.map(operation));
  if (edit === undefined) throw new Error("no edit");
  const lines = source.split("\n").slice(0, edit.line - 1);
  const start = lines.map((line) => `${line}\n`).join("").length;
  const from = source.charAt(start) === "\ufeff" ? start + 1 : start;
  expect(source.startsWith(edit.before, from)).toBe(true);
  return source.slice(0, from) + edit.after + source.slice(from + edit.before.length);
}

/** Patches a document below a head that no patch touches. */
function body(text: string, ...patch: readonly string[]): string {
  const head = text.includes("\r\n") ? HEAD.replaceAll("\n", "\r\n") : HEAD;
  const result = patched(head + text, patch);
  expect(result.startsWith(head)).toBe(true);
  return result.slice(head.length);
}

interface Row {
  readonly before: string;
  readonly patch: readonly string[];
  readonly after: string;
}

const ROWS: Readonly<Record<string, Row>> = {
  "a member comes after the last of its map, with the map's indentation": {
    before: "metadata:\n    labels:\n        a: b # why\n\nspec: {}\n",
    patch: ['add /metadata/labels/c "d"', 'add /metadata/annotations {"e":"f"}'],
    after:
      "metadata:\n    labels:\n        a: b # why\n        c: d\n    annotations:\n        e: f\n\nspec: {}\n",
  },
  "a member comes behind the comments at the end of its map, and before those of the next": {
    before: "metadata:\n  name: a\n  # labels: none\n# about the spec\nspec: 1\n",
    patch: ["add /metadata/x 1"],
    after: "metadata:\n  name: a\n  # labels: none\n  x: 1\n# about the spec\nspec: 1\n",
  },
  "missing parents are made": {
    before: "spec: 1\n",
    patch: ['add /metadata/labels/a "b"'],
    after: "spec: 1\nmetadata:\n  labels:\n    a: b\n",
  },
  "a value without text gets members": {
    before: "spec:\n  resources: # none yet\n  x: ~ # old\n  w: {} # todo\n  z: []\n",
    patch: [
      'add /spec/resources {"limits":{"cpu":"1"}}',
      "replace /spec/x [1]",
      "add /spec/w/a 1",
      "add /spec/z/0 2",
    ],
    after:
      'spec:\n  resources: # none yet\n    limits:\n      cpu: "1"\n  x: # old\n  - 1\n  w: # todo\n    a: 1\n  z:\n  - 2\n',
  },
  "a value in the line of its key changes alone": {
    before: "spec: {a: 'x'   , b: [1, 2]} # c\nimage:   \"nginx\"   # tag\n",
    patch: ['replace /image "nginx:1"', 'replace /spec/a "b"', "replace /spec/b/1 3", "remove /spec/b/0"],
    after: "spec: {a: b   , b: [3]} # c\nimage: nginx:1   # tag\n",
  },
  "a member goes with its value and the comment above it": {
    before: "a: 1\n\n# about b\nb:\n  c: |\n    x\n\n  # in b\nd: 2\n",
    patch: ["remove /b"],
    after: "a: 1\n\nd: 2\n",
  },
  "the first member of an item goes and the next takes its place behind the dash": {
    before: "l:\n- a: 1\n  b: 2\n- # why\n  a: 1\n  b: 2\n- a: 1\n  # about b\n  b: 2\n",
    patch: ["remove /l/0/a", "remove /l/1/a", "remove /l/2/a"],
    after: "l:\n- b: 2\n- # why\n  b: 2\n-\n  # about b\n  b: 2\n",
  },
  "the last member goes, and its map is empty": {
    before: "a:\n  b: 1 # c\nd: 2\n",
    patch: ["remove /a/b"],
    after: "a: {}\nd: 2\n",
  },
  "items come and go where they are, in the style of the list": {
    before: "spec:\n  l:\n    - name: a\n      x: 1\n    # about b\n    - name: b\n    # - name: c\n  m: 1\n",
    patch: [
      'add /spec/l/0 {"args":["--x"],"image":"i","name":"first"}',
      'add /spec/l/2 {"name":"mid"}',
      'add /spec/l/- {"name":"z"}',
    ],
    after:
      "spec:\n  l:\n    - name: first\n      image: i\n      args:\n        - --x\n    - name: a\n      x: 1\n    - name: mid\n    # about b\n    - name: b\n    # - name: c\n    - name: z\n  m: 1\n",
  },
  "lists at the column of their key": {
    before: "l:\n- a\n# about m\nm:\n- x\n- y # why\n- z\n",
    patch: ['add /l/- "b"', "remove /m/1"],
    after: "l:\n- a\n- b\n# about m\nm:\n- x\n- z\n",
  },
  "a list in a list": {
    before: "l:\n- - a\n  - b\n",
    patch: ['add /l/0/0 "new"', "remove /l/0/2"],
    after: "l:\n- - new\n  - a\n",
  },
  "texts of several lines": {
    before: "a: |\n  x\n  y\n\nb: >-\n  x\n  y\n\n\nc: |+\n  x\n\n\nd: 1\n",
    patch: [
      String.raw`replace /a "new\n\nlines\n"`,
      String.raw`add /e "x\ny"`,
      'replace /b "s"',
      String.raw`replace /d "a \nb"`,
    ],
    after: 'a: |\n  new\n\n  lines\n\nb: s\n\n\nc: |+\n  x\n\n\nd: "a \\nb"\ne: |-\n  x\n  y\n',
  },
  "line breaks of Windows stay": {
    before: "a:\r\n  b: 1\r\n  t: |\r\n    x\r\nl:\r\n- 1\r\n",
    patch: ['add /a/c {"d":1}', "add /l/0 0", "remove /a/b"],
    after: "a:\r\n  t: |\r\n    x\r\n  c:\r\n    d: 1\r\nl:\r\n- 0\r\n- 1\r\n",
  },
  "a file without a last line break stays without": {
    before: "a:\n  b: 1",
    patch: ["add /a/c 2"],
    after: "a:\n  b: 1\n  c: 2",
  },
  "text that another reading would take for something else is quoted": {
    before: "a: {x: 1}\n",
    patch: [
      'add /b {"a":"yes","b":"0777","c":"1_000","d":"2001-01-01","e":"=","f":"<<","g":"null","h":"~","i":"","j":"12:30","k":"0o17","l":"- a","m":"a: b","n":"a #b","o":"100m","p":"{{x}}","q":"@x","r":"a b"}',
      'add /a/p "a, b"',
      'add /a/on "x"',
    ],
    after:
      'a: {x: 1, "on": x, p: "a, b"}\nb:\n  a: "yes"\n  b: "0777"\n  c: "1_000"\n  d: "2001-01-01"\n  e: "="\n  f: "<<"\n  g: "null"\n  h: "~"\n  i: ""\n  j: "12:30"\n  k: "0o17"\n  l: "- a"\n  m: "a: b"\n  "n": "a #b"\n  o: 100m\n  p: "{{x}}"\n  q: "@x"\n  r: a b\n',
  },
  "an alias whose anchor changes is written out": {
    before: "a: &l # labels\n  x: 1\nb: *l\nc: *l # again\n",
    patch: ["add /a/w 2", "add /c/w 2"],
    after: "a: &l # labels\n  x: 1\n  w: 2\nb:\n  x: 1\nc: # again\n  w: 2\n  x: 1\n",
  },
  "an alias that changes is written out": {
    before: "a: &l\n  x: 1\nb: *l\nc: *l\n",
    patch: ["add /b/w 2"],
    after: "a: &l\n  x: 1\nb:\n  w: 2\n  x: 1\nc: *l\n",
  },
  "an alias whose anchor goes is written out": {
    before: "a: &l\n  x: 1\nb: *l\nc: {d: *l}\n",
    patch: ["remove /a"],
    after: "b:\n  x: 1\nc: {d: {x: 1}}\n",
  },
  "a merged member changes in the map that merges it": {
    before: "a: &l\n  x: 1\n  z: 1\nb:\n  <<: *l\n  w: 2\n",
    patch: ["replace /b/x 3"],
    after: "a: &l\n  x: 1\n  z: 1\nb:\n  <<: *l\n  w: 2\n  x: 3\n",
  },
  "a merged member goes, and the merge with it": {
    before: "a: &l\n  x: 1\n  z: 1\nb:\n  <<: *l # c\n  w: 2\nd: 1 # kept\n",
    patch: ["remove /b/x"],
    after: "a: &l\n  x: 1\n  z: 1\nb:\n  w: 2\n  z: 1\nd: 1 # kept\n",
  },
  "of equal keys the last counts": {
    before: "a: 1\nb: 2\na: 3\nc: 1\nc: 2\n",
    patch: ["replace /a 4", "remove /c"],
    after: "a: 1\nb: 2\na: 4\n",
  },
  "keys with a question mark, tags and anchors": {
    before: "? a\n: 1\n? b\n: x: 1\nc: !!str 1\nd: &n 5\n",
    patch: ["replace /a 2", "add /b/w 2", 'replace /c "2"', "remove /d"],
    after: '? a\n: 2\n? b\n: x: 1\n  w: 2\nc: "2"\n',
  },
  "what follows the end of the document stays": {
    before: "a: 1\n# end\n...\n# behind\n",
    patch: ["add /b 2"],
    after: "a: 1\n# end\nb: 2\n...\n# behind\n",
  },
};

describe("a document", () => {
  test.each(Object.entries(ROWS))("where %s", (_name, { before, patch, after }) => {
    expect(body(before, ...patch)).toBe(after);
  });
});

describe("a file", () => {
  const POD = '{"apiVersion":"v1","kind":"Pod"';

  test.each<readonly [name: string, before: string, patch: readonly string[], after: string]>([
    [
      "JSON over several lines",
      '{\n\t"apiVersion": "v1",\n\t"kind": "Pod",\n\t"spec": {\n\t\t"a": [],\n\t\t"b": 1,\n\t\t"c": {}\n\t}\n}\n',
      ['add /metadata {"labels":{"a":"b"}}', 'add /spec/a/0 {"x":"y/z"}', "remove /spec/b"],
      '{\n\t"apiVersion": "v1",\n\t"kind": "Pod",\n\t"spec": {\n\t\t"a": [\n\t\t\t{\n\t\t\t\t"x": "y/z"\n\t\t\t}\n\t\t],\n\t\t"c": {}\n\t},\n\t"metadata": {\n\t\t"labels": {\n\t\t\t"a": "b"\n\t\t}\n\t}\n}\n',
    ],
    [
      "JSON in one line",
      `${POD},"spec":{"a":[1,2,3],"b":1.50}}\n`,
      [
        'add /metadata {"x":[true,null]}',
        "remove /spec/a/2",
        "remove /spec/a/0",
        "add /spec/a/1 12345678901234567890",
      ],
      `${POD},"spec":{"a":[2,12345678901234567890],"b":1.50},"metadata":{"x":[true,null]}}\n`,
    ],
    [
      "JSON whose keys all go but two",
      `{"x":1,"apiVersion":"v1","y":2,"kind":"Pod","z":3}`,
      ["remove /x", "remove /y", "remove /z"],
      POD + "}",
    ],
    [
      "JSON with escapes and equal keys",
      String.raw`{"apiVersion":"v1","kind":"Pod","a":"\/\ud83d\ude00{","b":1,"b":{"c":1}}`,
      ["add /b/d 2"],
      String.raw`{"apiVersion":"v1","kind":"Pod","a":"\/\ud83d\ude00{","b":1,"b":{"c":1,"d":2}}`,
    ],
    [
      "brackets over several lines",
      "{apiVersion: v1,\n kind: Pod,\n l: [\n   a,\n   b,\n ]}\n",
      ['add /l/- "c"', 'add /l/0 "z"'],
      "{apiVersion: v1,\n kind: Pod,\n l: [\n   z,\n   a,\n   b,\n   c,\n ]}\n",
    ],
    ["pairs in brackets", `${HEAD}l: [a: 1, b: 2]\n`, ["replace /l/0/a 3"], `${HEAD}l: [{a: 3}, b: 2]\n`],
  ])("of %s keeps its style", (_name, before, patch, after) => {
    expect(patched(before, patch)).toBe(after);
  });

  test("changes only in the document that is patched", () => {
    const documents = [
      "# 1\napiVersion: v1\nkind: Pod # a\n",
      " # 2\napiVersion: v1\nkind: Pod # b\n",
      "apiVersion: v1\nkind: Pod",
    ];
    const source = documents.join("---\n");
    const added = "metadata:\n  a: 1\n";
    expect(patched(source, ["add /metadata/a 1"])).toBe(source.replace("# a\n", `# a\n${added}`));
    expect(patched(source, ["add /metadata/a 1"], 1)).toBe(source.replace("# b\n", `# b\n${added}`));
    expect(patched(source, ["add /metadata/a 1"], 2)).toBe(`${source}\n${added.trimEnd()}`);
    expect(patched(`\ufeff---\n${source}`, ["add /metadata/a 1"], 1)).toContain(`# b\n${added}---`);
  });

  test("of JSON values one after the other changes in one of them", () => {
    const source = `${POD}} ${POD}}\n${POD}}`;
    expect(patched(source, ["add /a 1"], 1)).toBe(`${POD}} ${POD},"a":1}\n${POD}}`);
    expect(patched(source, ["add /a 1"], 2)).toBe(`${POD}} ${POD}}\n${POD},"a":1}`);
  });

  test("with a List changes in one item, which may have its kind from the list", () => {
    const source =
      "apiVersion: v1\nkind: PodList\nitems:\n# first\n- spec: &s {a: 1}\n# second\n- spec: *s\n";
    expect(patched(source, ['add /metadata {"name":"x"}', 'replace /kind "Pod"'], 0)).toBe(
      source.replace("{a: 1}\n", "{a: 1}\n  kind: Pod\n  metadata:\n    name: x\n"),
    );
    expect(patched(source, ["add /spec/b 2"], 0)).toBe(
      source.replace("{a: 1}", "{a: 1, b: 2}").replace("*s", "\n    a: 1").replace(": \n", ":\n"),
    );
  });

  test("with a recorded AdmissionReview changes in its object", () => {
    const source =
      "apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nrequest:\n  object: {spec: {a: 1}}\n  uid: x\n";
    expect(patched(source, ['add /metadata/labels {"a":"b"}'], 0, ["request", "object"])).toBe(
      source.replace("}}", "}, metadata: {labels: {a: b}}}"),
    );
  });

  test("without a change stays as it is, and an operation that does not fit gives no text", () => {
    const source = `${HEAD}a: 'b'\nl: [1]\n`;
    const [manifest] = readManifests("f", source).manifests;
    expect(patched(source, [])).toBe(source);
    expect(patched(source, ['replace /a "b"', "remove /gone"])).toBe(source);
    if (manifest === undefined) throw new Error("no manifest");
    expect(patchSource(source, manifest, [], [operation("add /l/7 1")])).toBeUndefined();
    expect(
      patchSource(source, manifest, [], [operation("add /n 0.12345678901234567890123")]),
    ).toBeUndefined();
  });
});
