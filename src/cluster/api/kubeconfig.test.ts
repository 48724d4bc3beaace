import { expect, test } from "@jest/globals";
import { KubeConfig } from "@kubernetes/client-node";
import { writeFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import path from "node:path";
import { temporaryFolder, writeFiles } from "../../../test/policy-folder.ts";
import { clusterAccess } from "./kubeconfig.ts";
import { readTokenAtEachCall } from "./token-file.ts";

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

test("slashes at the end of the server's URL are left out, also of what the library puts paths behind", async () => {
  const { kubeConfig, server } = await access(JSON.stringify(GOOD).replace(":6443/", ":6443//"));
  expect(server).toBe("https://one.example:6443");
  expect(kubeConfig.getCurrentCluster()?.server).toBe("https://one.example:6443");
});

test("the token of a Pod is that of its file at each call, whatever the clock says", async () => {
  const folder = await temporaryFolder();
  const tokenFile = path.join(folder, "token");
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser(
    { name: "in", server: "https://in.example", skipTLSVerify: false },
    { name: "pod", impersonateUser: "her", authProvider: { name: "tokenFile", config: { tokenFile } } },
  );
  readTokenAtEachCall(kubeConfig);
  const presented = async (): Promise<unknown> => {
    const options: RequestOptions = {};
    await kubeConfig.applyToHTTPSOptions(options);
    return options.headers;
  };
  await writeFile(tokenFile, "first\n");
  expect(await presented()).toEqual({ Authorization: "Bearer first", "Impersonate-User": "her" });
  await writeFile(tokenFile, "second\n");
  expect(await presented()).toEqual({ Authorization: "Bearer second", "Impersonate-User": "her" });
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
  ...["admin:a-secret@", "a-secret@", ":a-secret@"].map(
    (credentials) =>
      [
        "with credentials in its URL",
        JSON.stringify(GOOD).replace("one.example", `${credentials}one.example`),
        undefined,
        /the `server` of its cluster holds credentials\.$/,
      ] as const,
  ),
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
