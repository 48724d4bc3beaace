import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { runOpa } from "../../test/compile-rego.ts";
import { policyFolder, temporaryFolder, testOpa, type Files } from "../../test/policy-folder.ts";
import { libraryPage } from "./library-page.ts";
import { readLibrary, type Library } from "./read-library.ts";

const NAMES = `# METADATA
# title: Names
# description: How names are read.
# related_resources:
#   - ref: https://example.com/names
package lib.names

# METADATA
# scope: document
# title: The last part of a name
# description: |
#   Undefined
#   for no text.
# custom:
#   example: |
#     names.last("a/b") == "b"
#     not names.last(7)
last("") := ""

last(name) := parts[count(parts) - 1] if {
	name != ""
	parts := split(name, separator)
}

# METADATA
# title: All names
# related_resources:
#   - ref: https://example.com/all
#     description: More of them
# custom:
#   example: names.all == {"web"}
all contains "web"

# METADATA
# title: Names by letter
# custom: {example: names.by_letter.w == "web"}
by_letter[letter] := name if {
	some name in all
	letter := substring(name, 0, 1)
}

# METADATA
# title: What stands between the parts
# custom: {example: names.separator == "/"}
separator := "/"

# METADATA
# title: Whether something is a name
# custom:
#   example: names.is_name("a", true)
is_name(name, _) if is_string(name)

private := 1
`;

const POLICY = `package shop.names

import data.lib.names

deny contains names.last("a") if names.all
`;

const FILES: Files = { "lib/names.rego": NAMES, "shop/names.rego": POLICY };

async function read(files: Files): Promise<Library> {
  return readLibrary(await policyFolder(files), await testOpa());
}

/** The messages about these files, with the line of each. */
async function lacking(files: Files): Promise<readonly string[]> {
  const { problems } = await read(files);
  return problems.map(({ message, position }) => `${String(position?.line)}: ${message}`);
}

test("the page tells of everything that has METADATA, and how to call it", async () => {
  const { packages, problems } = await read(FILES);
  expect(problems).toEqual([]);
  const page = libraryPage(packages, "../../policies");
  expect(page.slice(page.indexOf("- [lib"))).toBe(`- [lib.names](#libnames): Names

## lib.names

Names.

How names are read.

- [https://example.com/names](https://example.com/names)

Source: [lib/names.rego](../../policies/lib/names.rego), [test](../../policies/lib/names_test.rego)

### \`names.last(name)\`

The last part of a name (function).

Undefined
for no text.

\`\`\`rego
names.last("a/b") == "b"
not names.last(7)
\`\`\`

### \`names.all\`

All names (set).

- [More of them](https://example.com/all)

\`\`\`rego
names.all == {"web"}
\`\`\`

### \`names.by_letter\`

Names by letter (object).

\`\`\`rego
names.by_letter.w == "web"
\`\`\`

### \`names.separator\`

What stands between the parts (value).

\`\`\`rego
names.separator == "/"
\`\`\`

### \`names.is_name(name, _)\`

Whether something is a name (function).

\`\`\`rego
names.is_name("a", true)
\`\`\`
`);
});

test("packages come in the order of their names, and those that offer nothing are left out", async () => {
  const { packages } = await read({
    ...FILES,
    "lib/a.rego": NAMES.replaceAll("lib.names", "lib.zebra"),
    "lib/none.rego": "# METADATA\n# title: None\npackage lib.none\n\nx := 1\n",
  });
  const page = libraryPage(packages, "..");
  expect(page.match(/^## .*$/gm)).toEqual(["## lib.names", "## lib.zebra"]);
});

describe("the page is not whole", () => {
  test.each([
    ["data.lib.names.private", "import data.lib.names as n", "n.private"],
    ["an import of the rule itself", "import data.lib.names.private", "private"],
    ["its whole name", "import data.lib.other", "data.lib.names.private"],
    ["its whole name in brackets", "import data.lib.other", 'data["lib"].names["private"]'],
    ["a text with it", "import data.lib.names", '$"{names.private}"'],
  ])("where a policy uses what has no METADATA: %s", async (_, imports, use) => {
    const policy = `package shop.more\n\n${imports}\n\ndeny contains "x" if ${use}\n`;
    expect(await lacking({ ...FILES, "shop/more.rego": policy })).toEqual([
      "53: lib.names.private is used by shop/more.rego and has no METADATA, so the page of the library cannot tell of it.",
    ]);
  });

  test("where another library uses it", async () => {
    const other = `# METADATA\n# title: Other\npackage lib.other\n\nimport data.lib.names\n\nx := names.private\n`;
    expect(await lacking({ ...FILES, "lib/other.rego": other })).toHaveLength(1);
  });

  test("where METADATA has no title or no example", async () => {
    const names = NAMES.replace("# title: All names\n", "").replace(
      "# custom: {example: names.sep",
      "# custom: {x: sep",
    );
    expect(await lacking({ ...FILES, "lib/names.rego": names })).toEqual([
      "25: METADATA of lib.names.all has no title or no example, so the page of the library cannot tell of it.",
      "41: METADATA of lib.names.separator has no title or no example, so the page of the library cannot tell of it.",
    ]);
  });

  test("where a package has no title", async () => {
    const names = NAMES.replace("# title: Names\n", "");
    expect(await lacking({ ...FILES, "lib/names.rego": names })).toEqual([
      "5: The library lib.names has no METADATA with a title, so the page of the library cannot tell of it.",
    ]);
  });
});

test("a file uses its own package freely, and what only sounds like a library is none", async () => {
  const alike = `package shop.alike\n\nimport data.shop.lib.names\n\ndeny contains names.private\n`;
  const shop = `package shop.lib.names\n\nprivate := "x"\n`;
  expect(await lacking({ ...FILES, "shop/alike.rego": alike, "shop/lib/names.rego": shop })).toEqual([]);
});

test("every example of the library that is shipped holds", async () => {
  const { packages } = await readLibrary("policies", await testOpa());
  const folder = await temporaryFolder();
  const examples = packages.flatMap(({ name, rules }) =>
    rules.map((rule) => ({ name, rule: rule.name, example: rule.example ?? "false" })),
  );
  for (const { name, rule, example } of examples) {
    const text = `package examples_test.${name}.${rule}\n\nimport data.${name}\n\ntest_example if {\n${example}\n}\n`;
    await writeFile(path.join(folder, `${name}.${rule}_test.rego`), text);
  }
  const files = packages.map(({ file }) => path.resolve("policies", file));
  const report = runOpa(["test", ...files, folder]);
  expect(examples.length).toBeGreaterThan(0);
  expect(report).toContain(`PASS: ${String(examples.length)}/${String(examples.length)}`);
});
