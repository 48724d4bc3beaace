import { describe, expect, test } from "@jest/globals";
import { problemsOf } from "../../test/policy-folder.ts";

const RULE = 'deny contains "x" if input.kind == "Pod"\n';

/** METADATA above a rule that is fine. */
function withMetadata(...lines: readonly string[]): Readonly<Record<string, string>> {
  return { "pack/rule.rego": ["# METADATA", ...lines, "package rule", "", RULE].join("\n") };
}

test("Rego that is neither v1 nor v0 is refused with the error of v1", async () => {
  expect(
    await problemsOf({ "pack/broken.rego": "package broken\n\ndeny contains x if {\n  x := \n}\n" }),
  ).toEqual([
    expect.objectContaining({
      code: "REGO_INVALID",
      at: expect.stringMatching(/^pack\/broken\.rego:\d+:\d+$/),
    }),
  ]);
});

test("what OPA does not compile is refused where it stands", async () => {
  const problems = await problemsOf({
    "pack/rule.rego": 'package rule\n\ndeny contains "x" if nope(input.kind)\n',
  });
  expect(problems).toEqual([
    expect.objectContaining({
      code: "REGO_INVALID",
      at: "pack/rule.rego:3:22",
      message: "OPA does not accept this: undefined function nope.",
    }),
  ]);
});

/** Calls a builtin that needs the network. */
function calling(name: string): string {
  return `package ${name}\n\ndeny contains "x" if {\n  input.kind == "Pod"\n  http.send({"url": "https://x", "method": "get"})\n}\n`;
}

test("a builtin that the engine lacks is refused by its name, in every file", async () => {
  expect(await problemsOf({ "pack/a.rego": calling("a"), "pack/b.rego": calling("b") })).toEqual(
    ["a", "b"].map((name) => ({
      code: "BUILTIN_MISSING",
      at: `pack/${name}.rego:5:3`,
      message: expect.stringContaining("`http.send`"),
      remedy: expect.any(String),
    })),
  );
});

describe("a rule that would never be evaluated is refused:", () => {
  test.each([
    ["deny_root contains input.kind", "deny_root", "Name it `deny`"],
    ["deny_root[msg] { msg := input.kind }", "deny_root", "Name it `deny`"],
    ["violation_x contains input.kind", "violation_x", "Name it `violation`"],
    ['warn_x := "x" if input.kind', "warn_x", "Name it `warn`"],
    ['exception contains ["x"] if input.kind', "exception", "Exclusions"],
    ["fix contains input.kind", "fix", "Take it out"],
  ])("`%s` beside deny", async (rule, name, remedy) => {
    const deny = rule.includes("[msg] {") ? 'deny[msg] { input.kind == "Pod"; msg := "x" }' : RULE;
    expect(await problemsOf({ "pack/rule.rego": `package rule\n\n${deny}\n\n${rule}\n` })).toEqual([
      expect.objectContaining({
        code: "RULE_IGNORED",
        at: expect.stringMatching(/^pack\/rule\.rego:[56]:1$/),
        message: expect.stringContaining(`\`${name}\` would never be evaluated`),
        remedy: expect.stringContaining(remedy),
      }),
    ]);
  });

  test.each(["deny", "warn", "violation", "patch", "deny_root"])("`%s` in lib/", async (name) => {
    const library = `package lib.x\n\nhelp(x) := x\n\n${name} contains "x" if input.kind\n`;
    const problems = await problemsOf({ "lib/sub/x.rego": library, "pack/a.rego": `package a\n\n${RULE}` });
    expect(problems).toEqual([
      expect.objectContaining({
        code: "RULE_IGNORED",
        at: "lib/sub/x.rego:5:1",
        message: expect.stringContaining("what lies in lib/ is a library"),
      }),
    ]);
  });

  test("a function of such a name is fine", async () => {
    const text = `package a\n\ndeny_reason(x) := x\n\n${RULE}`;
    expect(
      await problemsOf({ "pack/a.rego": text, "lib/x.rego": "package lib.x\n\ndeny(x) := x\n" }),
    ).toEqual([]);
  });
});

describe("data that cannot be loaded is refused in its own file:", () => {
  const policy = { "pack/a.rego": `package pack.a\n\n${RULE}` };
  test.each([
    ["pack/data.json", "{", "pack/data.json", "unexpected EOF"],
    ["settings/data.yaml", "a: 1\nb: [1\nc: 2\n", "settings/data.yaml", "did not find expected"],
    ["data.json", "[]", "data.json", "root value must be object"],
    ["pack/data.json", '{"a": 1}', "pack/a.rego:3:1", "at the place of this rule"],
  ])("%s with %j", async (name, text, place, reason) => {
    expect(await problemsOf({ ...policy, [name]: text })).toEqual([
      expect.objectContaining({ code: "DATA_INVALID", at: place, message: expect.stringContaining(reason) }),
    ]);
  });

  test("two files for one place", async () => {
    const twice = { "settings/data.json": '{"a": 1}', "settings/data.yaml": "a: 2\n" };
    expect(await problemsOf({ ...policy, ...twice })).toEqual([
      expect.objectContaining({ code: "DATA_INVALID", at: "settings/data.yaml" }),
    ]);
  });
});

describe("the shape of a rule", () => {
  test.each([
    ['deny := "x"', "a single value", "3:1"],
    ["deny if input.kind", "a single value", "3:1"],
    ["deny(object) if object.kind", "a function", "3:1"],
    ['deny["x"] := 1', "an object with a value for each key", "3:1"],
    ["deny[x] if x := input.kind", "an object with a value for each key", "3:1"],
    ["default deny := false", "a single value with a default", "3:1"],
    ["deny.more contains input.kind", "an object with a value for each key", "3:1"],
    ["\n\twarn := 1", "a single value", "4:2"],
  ])("`%s` is refused", async (rule, shape, place) => {
    const problems = await problemsOf({ "pack/rule.rego": `package rule\n\n${rule}\n` });
    const name = rule.includes("warn") ? "warn" : "deny";
    expect(problems).toContainEqual({
      code: "RULE_SHAPE",
      at: `pack/rule.rego:${place}`,
      message: `\`${name}\` must be a set of violations, but here it is ${shape}.`,
      remedy: `Write \`${name} contains msg if { … }\`.`,
    });
  });

  test("`patch` is told what its set holds", async () => {
    const rule = 'patch := [{"op": "remove", "path": "/spec"}]';
    expect(await problemsOf({ "pack/rule.rego": `package rule\n\n${rule}\n` })).toEqual([
      expect.objectContaining({
        code: "RULE_SHAPE",
        message: "`patch` must be a set of patch objects, but here it is a single value.",
        remedy: "Write `patch contains operation if { … }`.",
      }),
    ]);
  });

  test("a v0 rule is told the form of v0", async () => {
    expect(await problemsOf({ "pack/rule.rego": "package rule\n\ndeny { input.kind }\n" })).toEqual([
      expect.objectContaining({
        code: "RULE_SHAPE",
        at: "pack/rule.rego:3:1",
        remedy: "Write `deny[msg] { … }`.",
      }),
    ]);
  });
});

test("a package that defines no rule is refused, with what it defines instead", async () => {
  expect(
    await problemsOf({
      "pack/a.rego": "package a\n\ndenny contains 1\n",
      "pack/b.rego": `package b\n\n${RULE}`,
    }),
  ).toEqual([
    {
      code: "RULES_MISSING",
      at: "pack/a.rego:1:1",
      message: "The package a defines none of deny, violation, warn, patch, but only denny.",
      remedy: expect.stringContaining("lib/"),
    },
  ]);
});

test("a slip in a rule's name is refused even if another package uses the package", async () => {
  const problems = await problemsOf({
    "pack/a.rego": "package a\n\nnames := {1}\n\ndenny contains 1\n",
    "pack/b.rego": `package b\n\nimport data.a\n\n${RULE}\nwarn contains a.names if input.kind\n`,
  });
  expect(problems).toEqual([expect.objectContaining({ code: "RULES_MISSING", at: "pack/a.rego:1:1" })]);
});

describe("ids", () => {
  test("the same id twice is refused and names both files", async () => {
    const problems = await problemsOf({
      "pack/one/rule.rego": `package a\n\n${RULE}`,
      "pack/two/rule.rego": `package b\n\n${RULE}`,
    });
    expect(problems).toEqual([
      expect.objectContaining({
        code: "POLICY_DUPLICATE",
        at: "pack/two/rule.rego:1:1",
        message: expect.stringContaining("pack/one/rule.rego"),
      }),
    ]);
  });

  test("one package in two packs is refused and names both files", async () => {
    const problems = await problemsOf({
      "one/a.rego": `package a\n\n${RULE}`,
      "two/b.rego": `\npackage a\n\n${RULE}`,
    });
    expect(problems).toEqual([
      expect.objectContaining({
        code: "POLICY_DUPLICATE",
        at: "two/b.rego:2:1",
        message: expect.stringContaining("one/a.rego"),
      }),
    ]);
  });

  test("a package whose entrypoint would be no path of its own is refused", async () => {
    expect(await problemsOf({ "pack/a.rego": `package p["a/b"]\n\n${RULE}` })).toEqual([
      expect.objectContaining({
        code: "POLICY_NAME",
        at: "pack/a.rego:1:1",
        message: expect.stringContaining("`/`"),
      }),
    ]);
  });

  test("a name with white space is refused", async () => {
    expect(await problemsOf({ "pack/my rule.rego": `package a\n\n${RULE}` })).toEqual([
      expect.objectContaining({ code: "POLICY_NAME", at: "pack/my rule.rego:1:1" }),
    ]);
  });
});

describe("METADATA", () => {
  test.each([
    ["# scope: rule\n# custom: {severity: low}", "7:3", "rule"],
    ["# custom:\n#   owner: us\n#   match: {resources: [pods]}", "8:5", "rule"],
    ["# scope: document\n# custom: {category: x}", "7:3", "document"],
  ])("of a rule that has our keys is refused: %j", async (lines, place, scope) => {
    const text = `package rule\n\nother := 1\n\n# METADATA\n${lines}\n${RULE}`;
    expect(await problemsOf({ "pack/rule.rego": text })).toEqual([
      expect.objectContaining({
        code: "METADATA_INVALID",
        at: `pack/rule.rego:${place}`,
        message: expect.stringContaining(`has no effect in METADATA of scope \`${scope}\``),
        remedy: expect.stringContaining("above the line `package`"),
      }),
    ]);
  });

  test("of several packages that has our keys is refused", async () => {
    expect(await problemsOf(withMetadata("# scope: subpackages", "# custom: {severity: low}"))).toEqual([
      expect.objectContaining({ code: "METADATA_INVALID", at: "pack/rule.rego:3:3" }),
    ]);
  });

  test("of a rule that is for people is fine", async () => {
    const text = `package rule\n\n# METADATA\n# title: x\n# custom: {owner: us}\n${RULE}`;
    expect(await problemsOf({ "pack/rule.rego": text })).toEqual([]);
  });

  test.each([
    ["type: string", 4, "must have `type: object`"],
    [
      "type: object, properties: {a: {type: integer, default: x}}",
      4,
      "`custom.parameters.properties.a.default`",
    ],
    ["type: object, default: 3", 4, "`custom.parameters.default`"],
    ["type: object, properties: {a: {type: array, items: {type: string, default: 1}}}", 4, "a.items.default"],
    ["type: object, properties: {default: {type: string, default: 1}}", 4, "properties.default.default"],
    [
      "type: object, $defs: {n: {minimum: 2, type: integer}}, properties: {a: {$ref: '#/$defs/n', default: 1}}",
      4,
      "a.default",
    ],
  ])("parameters {%s} are refused", async (schema, line, text) => {
    const metadata = `# METADATA\n# custom:\n#   severity: low\n#   parameters: {${schema}}\n`;
    const rule = 'deny contains "x" if input.request.name == ""';
    expect(await problemsOf({ "pack/a.rego": `${metadata}package a\n\n${rule}\n` })).toEqual([
      expect.objectContaining({
        code: "METADATA_INVALID",
        at: `pack/a.rego:${line}:5`,
        message: expect.stringContaining(text),
      }),
    ]);
  });

  test("a default in parameters is refused in its own line", async () => {
    const lines = [
      "type: object",
      "properties:",
      "  a: {type: integer, default: 1}",
      "  b:",
      "    type: integer",
      "    default: x",
    ];
    const metadata = ["# METADATA", "# custom:", "#   parameters:", ...lines.map((line) => `#     ${line}`)];
    const text = [...metadata, "package a", "", 'deny contains "x" if input.request.name == ""', ""].join(
      "\n",
    );
    expect(await problemsOf({ "pack/a.rego": text })).toEqual([
      expect.objectContaining({ code: "METADATA_INVALID", at: "pack/a.rego:9:11" }),
    ]);
  });

  test("parameters that are no JSON Schema are refused where they stand", async () => {
    const metadata = "# METADATA\n# custom:\n#   severity: low\n#   parameters:\n#     not: {type: string}\n";
    const rule = 'deny contains "x" if input.request.name == ""';
    expect(await problemsOf({ "pack/a.rego": `${metadata}package a\n\n${rule}\n` })).toEqual([
      expect.objectContaining({
        code: "METADATA_INVALID",
        at: "pack/a.rego:4:5",
        message: expect.stringContaining("no JSON Schema"),
      }),
    ]);
  });

  test("parameters that the policy's input cannot carry are refused", async () => {
    const metadata = "# METADATA\n# custom:\n#   parameters: {type: object}\n";
    const rule = 'deny contains "x" if input.spec.replicas > input.parameters.maximum';
    expect(await problemsOf({ "pack/a.rego": `${metadata}package a\n\n${rule}\n` })).toEqual([
      expect.objectContaining({
        code: "METADATA_INVALID",
        at: "pack/a.rego:3:5",
        message: expect.stringContaining("`input` has no `parameters`"),
      }),
    ]);
  });

  test.each([
    ["an unknown key", ["# titel: X"], "2:3", "METADATA has no `titel`; did you mean `title`?"],
    [
      "a key that belongs under custom",
      ["# severity: low"],
      "2:3",
      "`severity` of METADATA belongs under `custom`.",
    ],
    ["an unknown key of custom", ["# title: X", "# custom:", "#   severty: low"], "4:5", "`severity`"],
    [
      "an unknown key of match",
      ["# custom:", "#   match:", "#     resources: [pods]", "#     kinds: [Pod]"],
      "5:7",
      "`custom.match.kinds`",
    ],
    [
      "an unknown severity",
      ["# custom:", "#   category: x", "#   severity: severe"],
      "4:5",
      "`custom.severity`",
    ],
    [
      "a match without resources",
      ["# custom:", "#   match:", "#     operations: [CREATE]"],
      "3:5",
      "`custom.match.resources`",
    ],
    [
      "an unknown operation",
      ["# custom:", "#   match: {resources: [pods], operations: [PATCH]}"],
      "3:5",
      "`custom.match.operations.0`",
    ],
    [
      "an unknown kind",
      ["# custom:", "#   match:", "#     resources: [Deploymnt]"],
      "4:7",
      "did you mean `Deployment`?",
    ],
    [
      "a resource without its group",
      ["# custom:", "#   match:", "#     resources:", "#     - deployments"],
      "4:7",
      "did you mean `deployments.apps`?",
    ],
    ["an unknown contract", ["# custom:", "#   input: review"], "3:5", "`custom.input`"],
  ])("%s is refused", async (_, lines, place, text) => {
    expect(await problemsOf(withMetadata(...lines))).toEqual([
      expect.objectContaining({
        code: "METADATA_INVALID",
        at: `pack/rule.rego:${place}`,
        message: expect.stringContaining(text),
      }),
    ]);
  });

  test("that is no YAML is refused with its line", async () => {
    expect(await problemsOf(withMetadata("# title: [x"))).toEqual([
      expect.objectContaining({ code: "REGO_INVALID", at: "pack/rule.rego:2:1" }),
    ]);
  });

  test("in two files of a package is refused", async () => {
    const text = `# METADATA\n# title: X\npackage net.ports\n\n${RULE}`;
    expect(await problemsOf({ "net/a.rego": text, "net/b.rego": text })).toContainEqual(
      expect.objectContaining({
        code: "METADATA_INVALID",
        at: "net/b.rego:1:3",
        message: expect.stringContaining("net/a.rego"),
      }),
    );
  });
});

describe("the input contract", () => {
  test("a mixture is refused and the lines to add are named", async () => {
    const text = 'package rule\n\ndeny contains "x" if {\n  input.request.dryRun\n  input.spec\n}\n';
    expect(await problemsOf({ "pack/rule.rego": text })).toEqual([
      {
        code: "CONTRACT_UNCLEAR",
        at: "pack/rule.rego:1:1",
        message:
          "It cannot be told which input pack/rule expects: it reads `input.request` and `input.spec`.",
        remedy:
          "Add the lines `# METADATA`, `# custom:` and `#   input: admission` (or another of admission, object, gatekeeper) above line 1.",
      },
    ]);
  });

  test("input as a whole is refused, and METADATA that is there is pointed at", async () => {
    const text =
      "\n# METADATA\n# custom:\n#   severity: low\npackage rule\n\ndeny contains input if input.spec\n";
    expect(await problemsOf({ "pack/rule.rego": text })).toEqual([
      expect.objectContaining({
        code: "CONTRACT_UNCLEAR",
        at: "pack/rule.rego:5:1",
        message: expect.stringContaining("`input` as a whole and `input.spec`"),
        remedy:
          "Add `#   input: object` (or another of admission, object, gatekeeper) to the METADATA that begins in line 2.",
      }),
    ]);
  });
});

test("a contract that is unclear because of a library does not hide behind one that is clear", async () => {
  const problems = await problemsOf({
    "lib/any.rego": "package lib.any\n\nsize := count(input)\n",
    "pack/a.rego": 'package a\n\ndeny contains "x" if input.request.dryRun\n',
    "pack/b.rego": 'package b\n\nimport data.lib.any\n\ndeny contains "x" if any.size > 2\n',
  });
  expect(problems).toEqual([expect.objectContaining({ code: "CONTRACT_UNCLEAR", at: "pack/b.rego:1:1" })]);
});

test("everything that is wrong is reported at once, in the order of the files", async () => {
  const problems = await problemsOf({
    "pack/c.rego": 'package c\n\ndeny := "x"\n',
    "pack/a.rego": `# METADATA\n# titel: X\npackage a\n\n${RULE}`,
    "pack/b.rego": 'package b\n\ndeny contains "x" if opa.runtime().env\n',
    "pack/d.rego": "package d\n\nx := 1\n",
  });
  expect(problems.map(({ code, at }) => `${at} ${code}`)).toEqual([
    "pack/a.rego:2:3 METADATA_INVALID",
    "pack/b.rego:3:22 BUILTIN_MISSING",
    "pack/c.rego:3:1 RULE_SHAPE",
    "pack/d.rego:1:1 RULES_MISSING",
  ]);
});
