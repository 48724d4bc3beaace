/** What stands in the way of removing Portcullis, or ends it before its time. */
import { describe, expect, test } from "@jest/globals";
import { PortcullisError } from "../../error.ts";
import type { JsonObject } from "../../policy/json.ts";
import {
  WEBHOOKS,
  VALIDATING,
  MUTATING,
  NAMESPACE,
  OURS,
  SERVICE,
  WHOLE,
  REMOVED_IN_ORDER,
  labelled,
  asking,
  run,
  PretendedInstallation,
} from "../../../test/pretended-installation.ts";

test("the server stays while a finalizer holds a configuration, which is asked until it is gone", async () => {
  const cluster = new PretendedInstallation(WHOLE);
  cluster.held.add(`${VALIDATING}/portcullis`);
  const { isComplete, said } = await run(cluster);
  expect(isComplete).toMatchObject({
    code: "UNINSTALL_INCOMPLETE",
    message:
      "The API server goes on asking Portcullis: the ValidatingWebhookConfiguration portcullis is still there: it has the finalizer example.com/a.",
    remedy: expect.stringContaining("kubectl patch validatingwebhookconfiguration portcullis --type=merge"),
  });
  expect(cluster.removed).toEqual(REMOVED_IN_ORDER.slice(0, 2));
  expect(said).toContain(
    "waiting: the ValidatingWebhookConfiguration portcullis is still there: it has the finalizer example.com/a",
  );
});

test("the server stays where somebody installs the webhooks again at once", async () => {
  const cluster = new PretendedInstallation(WHOLE);
  const another = asking(SERVICE, labelled({ metadata: { labels: OURS, uid: "2" } }));
  cluster.afterRemoval = (path) => {
    if (path === `${MUTATING}/portcullis`) cluster.stored.set(`${VALIDATING}/portcullis`, another);
  };
  const { isComplete } = await run(cluster);
  expect(isComplete).toMatchObject({
    code: "UNINSTALL_INCOMPLETE",
    remedy: expect.stringContaining("GitOps"),
  });
  expect([...cluster.stored.keys()].filter((path) => path.startsWith(WEBHOOKS))).toEqual([]);
  expect(cluster.stored.has(NAMESPACE)).toBe(true);
});

test("after a signal no step is taken, and its own probe is gone", async () => {
  const interruption = new AbortController();
  const cluster = new PretendedInstallation(WHOLE);
  cluster.answer = ({ method }) => {
    if (method === "POST") interruption.abort();
    return undefined;
  };
  await expect(run(cluster, { signal: interruption.signal })).rejects.toThrow("aborted");
  const probe = `${VALIDATING}/portcullis-removal-probe`;
  expect(cluster.writes.slice(2)).toEqual([`PATCH ${probe}`, `DELETE ${probe}`]);
  expect([...cluster.stored.keys()].filter((path) => path.startsWith(WEBHOOKS))).toEqual([]);
});

test("after a signal nothing further is removed", async () => {
  const interruption = new AbortController();
  const cluster = new PretendedInstallation(WHOLE);
  cluster.afterRemoval = () => interruption.abort();
  await expect(run(cluster, { signal: interruption.signal })).rejects.toThrow("aborted");
  expect(cluster.writes).toEqual([`DELETE ${VALIDATING}/portcullis`]);
});

test("after a signal that comes with the last deletion of a webhook nothing is proved", async () => {
  const interruption = new AbortController();
  const cluster = new PretendedInstallation(WHOLE);
  cluster.afterRemoval = (path) => {
    if (path === `${MUTATING}/portcullis`) interruption.abort();
  };
  await expect(run(cluster, { signal: interruption.signal })).rejects.toThrow("aborted");
  expect(cluster.writes).toHaveLength(2);
});

test("a probe that cannot be taken away leaves the server, and it is said what was removed", async () => {
  const cluster = new PretendedInstallation(WHOLE);
  cluster.answer = ({ method, path }) =>
    method === "DELETE" && path.endsWith("-probe")
      ? { code: 500, body: { message: "etcdserver: request timed out" } }
      : undefined;
  const { isComplete } = await run(cluster);
  expect(isComplete).toMatchObject({
    code: "UNINSTALL_INCOMPLETE",
    message:
      "The webhook configurations are removed, but it could not be seen that the API server asks no longer, so the server was left: The API server did not delete the ValidatingWebhookConfiguration: etcdserver: request timed out.",
    remedy: expect.stringContaining("kubectl delete namespace portcullis-system"),
  });
});

const DENIAL = {
  code: 403,
  body: { message: 'admission webhook "validate-fail.portcullis.dev" denied the request: no.' },
};

test("who is still asked may deny the proof for a while", async () => {
  const cluster = new PretendedInstallation(WHOLE);
  let denials = 2;
  cluster.answer = ({ method }) => {
    if (method !== "POST" || denials === 0) return undefined;
    denials -= 1;
    return DENIAL;
  };
  expect(await run(cluster)).toMatchObject({ isComplete: true, failed: [] });
});

test("in a dry run a denial by who is still asked is no missing permission", async () => {
  const cluster = new PretendedInstallation(WHOLE);
  cluster.answer = ({ method }) => (method === "POST" ? DENIAL : undefined);
  expect(await run(cluster, { dryRun: true })).toMatchObject({ isComplete: true, failed: [] });
});

test("what somebody's webhook denies is no matter of permissions", async () => {
  const cluster = new PretendedInstallation(WHOLE);
  cluster.answer = ({ method, path }) =>
    method === "DELETE" && path === NAMESPACE
      ? { code: 403, body: { message: 'admission webhook "keep.example.com" denied the request: kept.' } }
      : undefined;
  const { isComplete, failed } = await run(cluster);
  expect([isComplete, failed]).toEqual([
    false,
    [
      expect.objectContaining({
        code: "CLUSTER_REFUSED",
        message:
          'The API server did not delete the Namespace portcullis-system: admission webhook "keep.example.com" denied the request: kept.',
        remedy: "Have what denies it let it pass, and run the command again.",
      }),
    ],
  ]);
});

test("a probe that is still asked proves nothing to another run, even if both began at the same time of their clocks", async () => {
  const left = new Map<string, JsonObject>();
  const killed = new PretendedInstallation(WHOLE);
  killed.heard = (path) => {
    const probe = killed.stored.get(path);
    if (probe !== undefined) left.set(path, probe);
    return probe;
  };
  expect(await run(killed)).toMatchObject({ isComplete: true });
  expect(left.size).toBe(2);
  const cluster = new PretendedInstallation(WHOLE);
  cluster.heard = (path) => left.get(path);
  expect(await run(cluster)).toMatchObject({ isComplete: { code: "UNINSTALL_INCOMPLETE" } });
  expect(cluster.stored.has(NAMESPACE)).toBe(true);
});

test("the probe of another run that is at work is left alone", async () => {
  const cluster = new PretendedInstallation(WHOLE);
  const another = `${VALIDATING}/portcullis-removal-probe`;
  cluster.afterRemoval = (path) => {
    const metadata = { labels: OURS, uid: "another" };
    if (path.startsWith(MUTATING)) cluster.stored.set(another, { metadata, webhooks: [] });
  };
  expect(await run(cluster)).toMatchObject({ isComplete: true, failed: [] });
  expect([...cluster.stored.keys()]).toEqual([another]);
});

test.each([
  ["is refused", { code: 429, body: { message: "too many requests" } }, "list its APIs: too many requests"],
  ["is none of an API server", { code: 200, body: {} }, "list of its APIs, and the answer is none"],
])("where the list of APIs %s the namespace stays, and the other steps go on", async (_, answer, why) => {
  const cluster = new PretendedInstallation(WHOLE);
  cluster.answer = ({ path }) => (path === "/apis" ? answer : undefined);
  const { isComplete, failed } = await run(cluster);
  expect([isComplete, failed]).toEqual([
    false,
    [expect.objectContaining({ code: "CLUSTER_REFUSED", message: expect.stringContaining(why) })],
  ]);
  expect(cluster.removed).toEqual(REMOVED_IN_ORDER.filter((path) => path !== NAMESPACE));
});

test("what answers instead of the API server is told, before anything is removed", async () => {
  const cluster = new PretendedInstallation(WHOLE);
  cluster.answer = ({ path }) => (path === VALIDATING ? { code: 200, body: { hello: "you" } } : undefined);
  const { isComplete } = await run(cluster);
  expect(isComplete).toMatchObject({ code: "CLUSTER_REFUSED" });
  expect(cluster.writes).toEqual([]);
});

describe("of what comes back after the server has gone it is not said that the server stays", () => {
  test.each([
    [
      "for another Service",
      asking({ ...SERVICE, namespace: "other" }),
      "A webhook configuration has come back and was left: the ValidatingWebhookConfiguration portcullis asks the Service other/portcullis, not portcullis-system/portcullis.",
    ],
    [
      "of somebody else",
      asking(SERVICE, { metadata: {} }),
      "Something is left that asks Portcullis: the ValidatingWebhookConfiguration theirs asks the Service portcullis-system/portcullis and is none that Portcullis installs; without the server, what it asks about could be rejected.",
    ],
  ])("%s", async (_, configuration, message) => {
    const cluster = new PretendedInstallation(WHOLE);
    const name = message.includes("theirs") ? "theirs" : "portcullis";
    cluster.afterRemoval = (path) => {
      if (path === NAMESPACE) cluster.stored.set(`${VALIDATING}/${name}`, configuration);
    };
    const { isComplete, failed } = await run(cluster);
    expect([isComplete, failed.map((error) => error.message)]).toEqual([false, [message]]);
  });

  test("with a finalizer", async () => {
    const cluster = new PretendedInstallation(WHOLE);
    const path = `${VALIDATING}/portcullis`;
    cluster.afterRemoval = (removed) => {
      if (removed !== NAMESPACE) return;
      cluster.stored.set(path, asking(SERVICE));
      cluster.held.add(path);
    };
    const { failed } = await run(cluster);
    expect(failed.map(({ remedy }) => remedy)).toEqual([
      expect.stringMatching(/, and run the command again\.$/),
    ]);
  });
});

test("an API server that has too much to do for the proof is asked again", async () => {
  const cluster = new PretendedInstallation(WHOLE);
  let busy = 2;
  cluster.answer = ({ method }) => {
    if (method !== "POST" || busy === 0) return undefined;
    busy -= 1;
    return { code: 429, body: { message: "too many requests" } };
  };
  expect(await run(cluster)).toMatchObject({ isComplete: true, failed: [] });
});

test("an API server that goes away at any moment leaves nothing that holds up a write, and the next run ends it", async () => {
  const away = new PortcullisError("CLUSTER_UNREACHABLE", { message: "It is away.", remedy: "Wait." });
  const outcomes: unknown[] = [];
  for (let requests = 0; outcomes.at(-1) !== true; requests += 1) {
    const cluster = new PretendedInstallation(WHOLE);
    let count = 0;
    cluster.answer = () => {
      count += 1;
      if (count > requests) throw away;
      return undefined;
    };
    const { isComplete } = await run(cluster);
    outcomes.push(isComplete);
    const isAsked = cluster.stored.has(`${VALIDATING}/portcullis`);
    expect([requests, isAsked && !cluster.stored.has(NAMESPACE)]).toEqual([requests, false]);
    cluster.answer = () => undefined;
    expect(await run(cluster)).toMatchObject({ isComplete: true });
    expect([...cluster.stored.keys()]).toEqual([]);
  }
  expect(new Set(outcomes)).toEqual(new Set([away, true]));
  expect(outcomes.length).toBeGreaterThan(20);
});
