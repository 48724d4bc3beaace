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
      message: "The package a defines none of deny, violation, warn, but only denny.",
      remedy: expect.stringContaining("lib/"),
    },
  ]);
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

  test("a name with white space is refused", async () => {
    expect(await problemsOf({ "pack/my rule.rego": `package a\n\n${RULE}` })).toEqual([
      expect.objectContaining({ code: "POLICY_NAME", at: "pack/my rule.rego:1:1" }),
    ]);
  });
});

describe("METADATA", () => {
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
