import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { dump } from "js-yaml";
import { asKubectlPrints, bodyOf, sample } from "../../../test/kubectl/comparison.ts";
import { TABLE } from "../../../test/kubectl/table.ts";
import type { FieldPath } from "../../policy/field-path.ts";
import { isJsonObject, type JsonValue } from "../../policy/json.ts";
import { MAX_FILE_SIZE, readManifests } from "./read.ts";

/** The texts of all manifests, and each problem as `code line:column`. */
function read(text: string): { readonly texts: readonly string[]; readonly problems: readonly string[] } {
  const { manifests, problems } = readManifests("file.yaml", text);
  return {
    texts: manifests.map((manifest) => manifest.text),
    problems: problems.map(({ code, position }) => `${code} ${position?.line}:${position?.column}`),
  };
}

const POD = '{"apiVersion":"v1","kind":"Pod"}';
const JOB = '{"apiVersion":"v1","kind":"Job"}';

describe("a document", () => {
  test.each(TABLE)("is read as kubectl reads it: %s", (_name, body, json) => {
    const { texts, problems } = read(sample("x", body));
    expect(texts[0] === undefined ? undefined : bodyOf(texts[0])).toBe(json);
    expect(problems).toHaveLength(json === undefined ? 1 : 0);
  });

  test("keeps the digits of a JSON file", () => {
    const text = '{"apiVersion":"v1","kind":"A","a":12345678901234567890,"b":1.50,"c":1e3,"d":-0.0}';
    expect(read(text).texts).toEqual([text]);
  });

  test("of JSON has the last of equal keys, and no half surrogate pairs", () => {
    const text = String.raw`{"apiVersion":"v1","kind":"B","kind":"A","a":"\ud800","b":"\ud83d\ude00"}`;
    expect(read(text).texts).toEqual(['{"apiVersion":"v1","kind":"A","a":"\ufffd","b":"😀"}']);
  });

  test("may have any text as key", () => {
    const { manifests } = readManifests(
      "f",
      "apiVersion: v1\nkind: A\n__proto__: {constructor: 1}\n? ''\n: 2",
    );
    expect(manifests[0]?.text).toBe('{"apiVersion":"v1","kind":"A","__proto__":{"constructor":1},"":2}');
    expect(Object.keys(manifests[0]?.value ?? {})).toContain("__proto__");
  });
});

test("what another YAML library writes is read back", () => {
  // Without digits and words: js-yaml writes `08_`, which goyaml takes for a number, without quotes.
  const stringUnit = fc.constantFrom(...Array.from("ab \n\t:#-?,[]{}&*!|>'\"%@`\\=é😀\u2028\u0085\u0000"));
  fc.assert(
    fc.property(fc.json({ maxDepth: 4, stringUnit }), fc.integer({ min: 1, max: 8 }), (json, indent) => {
      const value: unknown = JSON.parse(json);
      const text = dump({ apiVersion: "v1", kind: "A", value }, { indent });
      const { manifests, problems } = readManifests("f", text);
      expect(problems).toEqual([]);
      expect(manifests[0]?.text).toBe(JSON.stringify({ apiVersion: "v1", kind: "A", value }).toWellFormed());
    }),
    { numRuns: 2_000 },
  );
});

describe("a file", () => {
  test.each([
    [
      "documents between lines of dashes",
      "---\napiVersion: v1\nkind: Pod\n---\n\n--- # c\napiVersion: v1\nkind: Job\n---\n",
    ],
    ["JSON values one after the other", `${POD}${JOB}`],
    ["JSON lines", `${POD}\n${JOB}\n`],
    ["JSON between lines of dashes", `${POD}\n---\n${JOB}`],
    [
      "JSON, then YAML",
      `${POD}\n---\nkind: Job\napiVersion: v1\n`.replace(
        "kind: Job\napiVersion: v1",
        "apiVersion: v1\nkind: Job",
      ),
    ],
    ["byte order marks", "\ufeffapiVersion: v1\nkind: Pod\n---\n\ufeffapiVersion: v1\nkind: Job"],
    ["line breaks of Windows", "apiVersion: v1\r\nkind: Pod\r\n---\r\napiVersion: v1\r\nkind: Job\r\n"],
    ["YAML that begins like JSON", "{apiVersion: v1, kind: Pod}\n---\n{apiVersion: v1, kind: Job}"],
    ["a list", `apiVersion: v1\nkind: List\nitems:\n- ${POD}\n- ${JOB}`],
    ["a list in a list", `{"apiVersion":"v1","kind":"List","items":[{"items":[${POD}]},${JOB}]}`],
    ["a typed list, whose items need no kind", `{"apiVersion":"v1","kind":"PodList","items":[{},${JOB}]}`],
  ])("may hold %s", (_name, text) => {
    const { texts, problems } = read(text);
    expect(texts.map(asKubectlPrints)).toEqual([POD, JOB]);
    expect(problems).toEqual([]);
  });

  test.each([
    ["nothing", ""],
    ["a comment", "# nothing\n---\n# here\n"],
    ["null", "---\n~\n---\nnull\n"],
    ["an empty list", "{apiVersion: v1, kind: List, items: }"],
  ])("may hold %s", (_name, text) => {
    expect(read(text)).toEqual({ texts: [], problems: [] });
  });

  test("numbers its documents and says where objects begin", () => {
    const text =
      "# first\n---\n---\na: &x 1\napiVersion: v1\nkind: A\n---\nkind: List\napiVersion: v1\nitems:\n- kind: B\n  apiVersion: v1\n";
    expect(readManifests("f.yaml", text).manifests.map(({ source }) => source)).toEqual([
      { file: "f.yaml", document: 1, line: 4 },
      { file: "f.yaml", document: 2, line: 11 },
    ]);
  });

  test("gives a recorded AdmissionReview as one manifest", () => {
    const text = `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"object":{"items":[]}}}`;
    expect(read(text).texts).toEqual([text]);
  });
});

describe("a problem", () => {
  test.each([
    ["a quote without end", 'a: 1\nb: "c\nd: 2\n', "MANIFEST_INVALID 2:4"],
    ["a tab as indentation", "a:\n\tb: 1\n", "MANIFEST_INVALID 2:1"],
    ["a bracket without end", "a: 1\nb: [c,\n  d\n", "MANIFEST_INVALID 2:4"],
    ["a key without a colon", "a: 1\nb\nc: 2\n", "MANIFEST_INVALID 2:1"],
    ["a wrong indentation", "a:\n    b: 1\n  c: 2\n", "MANIFEST_INVALID 3:3"],
    ["a control character", "a: 1\nb: \u0001", "MANIFEST_INVALID 2:4"],
    ["bad JSON", '{"a": 1,\n "b": ["c" 1]}', "MANIFEST_INVALID 2:12"],
    ["a string of JSON without end", '{"a": 1,\n "b": "c}', "MANIFEST_INVALID 2:7"],
    ["a comma at the end of JSON that YAML does not take either", '{"a": "\\/",}', "MANIFEST_INVALID 1:12"],
    ["a number that no float holds", '{"apiVersion":"v1","kind":"A",\n"a":1e999}', "MANIFEST_INVALID 2:5"],
    ["a text", "a: 1\n---\nhello", "MANIFEST_NOT_OBJECT 3:1"],
    ["a list", "[a]", "MANIFEST_NOT_OBJECT 1:1"],
    ["a text in a list", "{apiVersion: v1, kind: List, items: [a]}", "MANIFEST_NOT_OBJECT 1:38"],
    ["items that are no list", "{apiVersion: v1, kind: List, items: {}}", "MANIFEST_INVALID 1:30"],
    ["no kind", "---\napiVersion: v1\n", "MANIFEST_WITHOUT_KIND 2:1"],
    ["no apiVersion", "kind: A\n", "MANIFEST_WITHOUT_KIND 1:1"],
    ["a kind that is no text", "apiVersion: v1\nkind: Y", "MANIFEST_WITHOUT_KIND 2:1"],
    ["a template control structure", "{{- if .Values.x }}\na: 1\n{{- end }}", "MANIFEST_TEMPLATE 1:1"],
    ["a template as value", "a: 1\nb: {{ .Values.x }}\n", "MANIFEST_TEMPLATE 2:4"],
    ["a template beside text", "a: 1\nb: {{ .Values.x }}-c\n", "MANIFEST_TEMPLATE 2:4"],
    ["a template in quotes that holds quotes", 'a: 1\nb: "{{ default "x" .y }}"\n', "MANIFEST_TEMPLATE 2:5"],
    [
      "a template as name",
      "apiVersion: v1\nkind: A\nmetadata:\n  name: 'x-{{ .Release.Name }}'",
      "MANIFEST_TEMPLATE 4:3",
    ],
    ["a template in JSON", '{"apiVersion":"v1","kind":"A","a":{{ .x }}}', "MANIFEST_TEMPLATE 1:35"],
    ["text behind dashes", "--- a: 1\n", "MANIFEST_INVALID 1:4"],
  ])("with its place: %s", (_name, text, problem) => {
    expect(read(text).problems.slice(-1)).toEqual([problem]);
  });

  test("is no braces that YAML takes as text", () => {
    const text = `{"apiVersion":"v1","kind":"A","metadata":{"annotations":{"a":"{{ .Values.x }}"}},"data":{"{{k}}":"{{v}}"}}`;
    expect(read(text)).toEqual({ texts: [text], problems: [] });
    expect(read(text.replaceAll('"', "'").replaceAll("'v1'", "v1"))).toEqual({ texts: [text], problems: [] });
  });

  test("leaves the other documents of the file", () => {
    expect(read(`a: [\n---\n${POD}\n---\n--- x\n${JOB}`)).toEqual({
      texts: [POD, JOB],
      problems: ["MANIFEST_INVALID 1:4", "MANIFEST_INVALID 5:4"],
    });
    expect(read(`${POD}\n${POD}\n{"a":]\n${JOB}`)).toEqual({
      texts: [POD, POD, JOB],
      problems: ["MANIFEST_INVALID 3:6"],
    });
  });

  test.each([
    ["a quote that is open", 'a: "x\n', "5:4"],
    ["a list with a gap", "b: 1\na: [1,,2]\n", "6:7"],
    ["a tab for indentation", "a:\n\tb: 1\n", "6:1"],
    ["a character that begins nothing", "a: @b\n", "5:4"],
    ["an unknown alias", "b: 1\na: *x\n", "6:4"],
    ["a list as a key", "? [a]\n: 1\n", "5:3"],
  ])("stands where it stands in a document behind others: %s", (_name, document, place) => {
    const first = "apiVersion: v1 # {{ x }}\nkind: A\nmetadata: {name: x}\n";
    expect(read(`${first}---\n${document}`).problems).toEqual([`MANIFEST_INVALID ${place}`]);
  });

  test("is a template behind another document, with its line", () => {
    const first = "apiVersion: v1\nkind: A\nmetadata: {name: x}\n";
    expect(read(`${first}---\n{{- if .Values.x }}\napiVersion: v1\n`).problems).toEqual([
      "MANIFEST_TEMPLATE 5:1",
    ]);
  });

  test("is a file above the limit", () => {
    expect(read(" ".repeat(MAX_FILE_SIZE + 1)).problems).toEqual(["MANIFEST_TOO_LARGE undefined:undefined"]);
  });

  test("is an alias bomb, told within a moment", () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(", ")}]`,
    );
    expect(read(`a0: &a0 [x]\n${levels.join("\n")}`).problems).toEqual([
      expect.stringMatching(/^MANIFEST_ALIAS_BOMB/),
    ]);
  });

  test("is few aliases of a long text", () => {
    const text = `apiVersion: v1\nkind: A\na: &a ${"x".repeat(2_000_000)}\nb: [${Array(500).fill("*a").join(", ")}]`;
    expect(read(text).problems).toEqual(["MANIFEST_ALIAS_BOMB 1:1"]);
  });

  test.each([
    [
      "JSON",
      (depth: number) => `{"apiVersion":"v1","kind":"A","a":${"[".repeat(depth)}${"]".repeat(depth)}}`,
    ],
    ["YAML", (depth: number) => `apiVersion: v1\nkind: A\na: ${"[".repeat(depth)}${"]".repeat(depth)}`],
    [
      "aliases",
      (depth: number) =>
        `apiVersion: v1\nkind: A\nb: &b ${"[".repeat(5_000)}${"]".repeat(5_000)}\na: ${"[".repeat(depth - 5_000)}*b${"]".repeat(depth - 5_000)}`,
    ],
  ])("is nesting below 10,000 levels, not above: %s", (_name, text) => {
    expect(read(text(9_999)).problems).toEqual([]);
    expect(read(text(10_000)).problems).toEqual([expect.stringMatching(/^MANIFEST_TOO_DEEP/)]);
  });

  test("is not a list in a list, however deep", () => {
    const depth = 4_900;
    expect(read(`${'{"items":['.repeat(depth)}${POD}${"]}".repeat(depth)}`)).toEqual({
      texts: [POD],
      problems: [],
    });
  });

  test("says what to do", () => {
    const [problem] = readManifests("a.yaml", "a: {{ .b }}").problems;
    expect(problem?.message).toBe(
      "A template expression `{{ … }}` stands here, which kubectl does not render.",
    );
    expect(problem?.remedy).toContain("helm template");
    expect(problem?.position?.file).toBe("a.yaml");
  });
});

describe("locate", () => {
  const text = `# a pod
kind: List
apiVersion: v1
items:
- apiVersion: v1
  kind: Pod
  spec: &spec
    containers:
    - name: a
      image: "b"
    - {name: c, image: d}
- {apiVersion: v1, kind: Other, spec: *spec}
`;
  const [pod, other] = readManifests("f", text).manifests;

  test.each<[FieldPath, number, number]>([
    [[], 5, 3],
    [["spec", "containers"], 8, 5],
    [["spec", "containers", 0], 9, 7],
    [["spec", "containers", 0, "image"], 10, 7],
    [["spec", "containers", 1, "image"], 11, 17],
    [["spec", "containers", 1, "missing", "deeper"], 11, 7],
    [["spec", "containers", 2, "image"], 8, 5],
    [["spec", "containers", "x"], 8, 5],
    [["metadata"], 5, 3],
  ])("finds %j", (path, line, column) => {
    expect(pod?.locate(path)).toEqual({ line, column });
  });

  test("finds the values of an alias where they stand", () => {
    expect(other?.locate(["spec"])).toEqual({ line: 12, column: 33 });
    expect(other?.locate(["spec", "containers", 0, "image"])).toEqual({ line: 10, column: 7 });
  });

  test("finds fields of JSON", () => {
    const [manifest] = readManifests(
      "f",
      '{"apiVersion": "v1",\n "kind": "A", "a": [\n  {"b": 1}]}',
    ).manifests;
    expect(manifest?.locate(["a", 0, "b"])).toEqual({ line: 3, column: 4 });
  });
});

/** All paths of a value. */
function paths(value: JsonValue, path: FieldPath = []): readonly FieldPath[] {
  const children: readonly [string | number, JsonValue][] = Array.isArray(value)
    ? value.map((item: JsonValue, index): [number, JsonValue] => [index, item])
    : isJsonObject(value)
      ? Object.entries(value)
      : [];
  return [path, ...children.flatMap(([step, child]) => paths(child, [...path, step]))];
}

const fragment = fc.constantFrom(
  ...'a b kind: apiVersion:  v1 - : ? , [ ] { } # & * ! | > \' " % @ ` \\ &x *x <<: --- ... !!int 0x1 1.5 ~ {{ }} {"'.split(
    " ",
  ),
  ...Array.from(" \n\t\r\u2028\ufeff"),
  "\n  ",
  "\n- ",
  "apiVersion: v1\nkind: A\n",
);

describe("whatever a file holds", () => {
  test.each([
    ["any characters", fc.string({ unit: "binary" })],
    ["pieces of YAML", fc.array(fragment, { maxLength: 30 }).map((pieces) => pieces.join(""))],
    [
      "pieces behind a head",
      fc.array(fragment, { maxLength: 20 }).map((pieces) => `apiVersion: v1\nkind: A\nx: ${pieces.join("")}`),
    ],
  ])("nothing is thrown, and every place is inside the file: %s", (_name, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        const lines = text.split("\n");
        const { manifests, problems } = readManifests("f", text);
        const places = manifests.flatMap((manifest) =>
          paths(manifest.value).map((path) => manifest.locate(path)),
        );
        for (const place of [...places, ...problems.flatMap(({ position }) => position ?? [])]) {
          const { line = 0, column = 0 } = place;
          expect(column).toBeGreaterThan(0);
          expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? -1) + 1);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
