import { expect, test } from "@jest/globals";
import path from "node:path";
import { temporaryFolder, writeFiles } from "../../../test/policy-folder.ts";
import { clusterAccess } from "./kubeconfig.ts";

const GOOD = {
  apiVersion: "v1",
  kind: "Config",
  clusters: [
    { name: "one", cluster: { server: "https://one.example:6443/" } },
    { name: "two", cluster: { server: "https://two.example" } },
  ],
  users: [{ name: "me", user: { token: "a-secret" } }],
  contexts: [
    { name: "first", context: { cluster: "one", user: "me" } },
    { name: "second", context: { cluster: "two", user: "me" } },
    { name: "lost", context: { cluster: "three", user: "me" } },
  ],
  "current-context": "first",
};

async function access(text: string, context?: string) {
  const folder = await temporaryFolder();
  await writeFiles(folder, { config: text });
  return clusterAccess({ kubeconfig: path.join(folder, "config"), context });
}

test("the current context says which cluster is meant, unless another is named", async () => {
  expect((await access(JSON.stringify(GOOD))).server).toBe("https://one.example:6443");
  expect((await access(JSON.stringify(GOOD), "second")).server).toBe("https://two.example");
});

test.each<readonly [string, string, string | undefined, RegExp]>([
  ["no YAML", 'token: "a-secret', undefined, /it is no YAML that describes clusters, users and contexts\.$/],
  ["something else", "[]", undefined, /it is no YAML|names no cluster/],
  ["empty", "", undefined, /it is no YAML/],
  ["without clusters", "kind: Config", undefined, /names no cluster that it has/],
  [
    "without that context",
    JSON.stringify(GOOD),
    "third",
    /it has no context third, only first, second, lost\.$/,
  ],
  ["with a context that leads nowhere", JSON.stringify(GOOD), "lost", /names no cluster that it has/],
  [
    "with a server that is no URL",
    JSON.stringify(GOOD).replace("https://one.example:6443/", "one"),
    undefined,
    /the `server` of its cluster is no URL/,
  ],
])(
  "a kubeconfig that is %s is refused in a sentence without its secrets",
  async (_, text, context, reason) => {
    const error: unknown = await access(text, context).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "KUBECONFIG_INVALID", message: expect.stringMatching(reason) });
    expect(JSON.stringify([String(error), error])).not.toContain("a-secret");
  },
);

test("a kubeconfig that is not there is told with the reason", () => {
  expect(() => clusterAccess({ kubeconfig: "no/such/file", context: undefined })).toThrow(
    "The kubeconfig no/such/file cannot be used: it could not be read (ENOENT).",
  );
});
