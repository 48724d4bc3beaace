import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "@jest/globals";
import { policyFolder } from "../../../test/policy-folder.ts";
import { samplePolicy } from "../../../test/samples.ts";
import { namespaceData } from "../../admission/snapshot.ts";
import { PortcullisError } from "../../error.ts";
import { DEFAULT_EXCLUSIONS } from "../../policy/binding.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import { snapshotOf, type Program } from "../../workers/program.ts";
import { ChangeWatch } from "./reload.ts";

/** A program with one policy of that id. */
function programOf(id: string): Program {
  const policies = [samplePolicy(id, { entrypoints: { deny: `${id}/deny` } })];
  const bundle = {
    revision: `sha256:${id}`,
    policies,
    wasm: new Uint8Array(),
    data: new TextEncoder().encode("{}"),
  };
  return {
    bundle,
    file: "bundle.tar.gz",
    bindings: [],
    exclusions: DEFAULT_EXCLUSIONS,
    namespaces: new Map(),
  };
}

let changes: ChangeWatch;
afterEach(() => changes.close());

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(5);
}

/** What of the metrics comes from the policies that are loaded. */
function aboutPolicies(text: string): readonly string[] {
  return text.split("\n").filter((line) => /^portcullis_(policy|mutations|bundle)/.test(line));
}

test("a program that cannot take over leaves the metrics as they were; one that does brings its series", async () => {
  const folder = await policyFolder({ "a/one.rego": "package a.one\n" });
  changes = await ChangeWatch.start({ policies: folder, bindings: [], inventory: [] }, () => undefined);
  const metrics = createMetrics({
    rejections: [],
    replacements: [],
    watched: [],
    load: () => ({ waiting: 0, threads: 0 }),
  });
  metrics.loaded(snapshotOf(programOf("a/one")));
  const before = aboutPolicies(await metrics.text());
  expect(before).toContain('portcullis_bundle_info{revision="sha256:a/one"} 1');

  const broken = new PortcullisError("WASM_INVALID", {
    message: "It is no module.",
    remedy: "Build it anew.",
  });
  const failures: string[] = [];
  const inventory: Program["namespaces"] = new Map([["shop", namespaceData({}, "{}")]]);
  const decidingBy: unknown[] = [];
  let swap = (): Promise<readonly string[]> => Promise.reject(broken);
  let revision = "";
  const state: { reloadFailure: string | undefined } = { reloadFailure: undefined };
  changes.reload({
    load: () => Promise.resolve({ program: programOf("b/two"), notes: [], inventory }),
    pool: { swap: () => swap() },
    telemetry: {
      metrics,
      reloaded: (loaded) => void (revision = loaded),
      reloadFailed: (errors) => void failures.push(...errors.map(({ code }) => code)),
    },
    state,
    swapped: (_, namespaces) => void decidingBy.push(namespaces),
  });
  await writeFile(path.join(folder, "a", "one.rego"), "package a.one\n\n# changed\n");
  await until(() => failures.length > 0);
  expect([failures, state.reloadFailure]).toEqual([["WASM_INVALID"], "WASM_INVALID"]);
  expect(aboutPolicies(await metrics.text())).toEqual(before);
  expect(decidingBy).toEqual([]);

  swap = () => Promise.resolve([]);
  await writeFile(path.join(folder, "a", "one.rego"), "package a.one\n\n# changed again\n");
  await until(() => revision !== "");
  const after = aboutPolicies(await metrics.text());
  expect(after).toContain('portcullis_bundle_info{revision="sha256:b/two"} 1');
  expect(after.filter((line) => line.includes('policy="b/two"'))).not.toEqual([]);
  expect(state.reloadFailure).toBeUndefined();
  // The namespaces of a change that cannot be loaded are not those of what decides.
  expect(decidingBy).toEqual([inventory]);
});

test("what fails to be loaded because the server ends is no failure", async () => {
  const folder = await policyFolder({ "a/one.rego": "package a.one\n" });
  changes = await ChangeWatch.start({ policies: folder, bindings: [], inventory: [] }, () => undefined);
  const { promise: loading, reject } = Promise.withResolvers<never>();
  let isLoading = false;
  const failures: string[] = [];
  const state: { reloadFailure: string | undefined } = { reloadFailure: undefined };
  changes.reload({
    load: () => {
      isLoading = true;
      return loading;
    },
    pool: { swap: () => Promise.resolve([]) },
    telemetry: {
      metrics: createMetrics({
        rejections: [],
        replacements: [],
        watched: [],
        load: () => ({ waiting: 0, threads: 0 }),
      }),
      reloaded: () => undefined,
      reloadFailed: (errors) => void failures.push(...errors.map(({ code }) => code)),
    },
    state,
    swapped: () => undefined,
  });
  changes.note();
  await until(() => isLoading);
  changes.close();
  reject(new Error("the threads are gone"));
  await delay(20);
  expect([failures, state.reloadFailure]).toEqual([[], undefined]);
});

test("a change that came while nobody waited is not waited for in vain", async () => {
  const folder = await policyFolder({ "a/one.rego": "package a.one\n" });
  changes = await ChangeWatch.start({ policies: folder, bindings: [], inventory: [] }, () => undefined);
  changes.note();
  await changes.next();
  let isOver = false;
  const next = changes.next().then(() => (isOver = true));
  await delay(20);
  expect(isOver).toBe(false);
  changes.note();
  expect(await next).toBe(true);
});
