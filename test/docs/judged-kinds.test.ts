import { expect, test } from "@jest/globals";
import { readBundle } from "../../src/build/read-bundle.ts";
import { buildFolder } from "../policy-folder.ts";
import { page } from "./pages.ts";

const GET = /^kubectl get (\S+) --all-namespaces --output yaml \| npm run --silent eval/gm;

/** `deployments.apps/scale` and `deployments.apps` are both what `kubectl get` calls `deployments`. */
function plural(resource: string): string {
  return resource.replace(/[./].*$/, "");
}

test("everything that a shipped policy is about is judged by the commands that judge what there is", async () => {
  const { policies } = await readBundle((await buildFolder("policies")).file);
  const resources = policies.flatMap(({ metadata }) => (metadata.match?.resources ?? []).map(plural));
  const pages = await Promise.all(["docs/install.md", "docs/recovery.md"].map(page));
  const judged = pages.flatMap(({ text }) => [...text.matchAll(GET)].map(([, list = ""]) => list.split(",")));
  expect(judged).toHaveLength(2);
  for (const list of judged) expect(list.toSorted()).toEqual([...new Set(resources)].toSorted());
});
