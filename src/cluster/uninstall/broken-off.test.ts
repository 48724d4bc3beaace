/** What stands in the way of removing Portcullis, or ends it before its time. */
import { expect, test } from "@jest/globals";
import { PortcullisError } from "../../error.ts";
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
  expect(cluster.removed).toEqual(REMOVED_IN_ORDER.slice(0, 2));
  expect([...cluster.stored.keys()].filter((path) => path.startsWith(WEBHOOKS))).toEqual([]);
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
