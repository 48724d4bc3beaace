// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** Everything that is changed while a cluster is at work: nobody who writes to it notices. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { repeat, restartAll, rotate, swapBundle } from "../cluster/changes.ts";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { letInFromNow } from "../cluster/let-in.ts";
import { sender, startLoad, timesOf, type Attempt, type Create, type Load } from "../cluster/load.ts";
import { prepareReplicas, type Replicas, type ServiceReplica } from "../cluster/replicas.ts";
import { eventually, replaceBy, tell } from "../life/life.ts";
import { buildFolder, temporaryFolder } from "../policy-folder.ts";
import { bundleForTests, EXCLUSIONS, fileOf, person } from "./cluster.ts";
import { deployment, pod, SHOP, SHOP_NAMESPACE } from "./objects.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("a cluster at work");
const admin = person(controlPlane, "admin");

/** Together 50 requests a second; the second makes the API server open new connections all the time. */
const RATES = [{ perSecond: 20 }, { perSecond: 30, together: 30 }] as const;
const PER_SECOND = 50;
/** For how long each change is made again and again, in ms, and longer if the last one takes longer. */
const LASTS_MS = 60_000;
/** A change that began in time has as long again; jest gives nobody more. */
const LIMIT_MS = 240_000;
/** Requests that are answered after a change is over: what it left behind shows on them. */
const AFTERWARDS_MS = 1_000;

const PODS = `/api/v1/namespaces/${SHOP}/pods`;
const DEPLOYMENTS = `/apis/apps/v1/namespaces/${SHOP}/deployments`;
const PRIVILEGED = { container: { securityContext: { privileged: true } } };
/** Both webhooks are asked about each; who is denied was judged. */
const CREATES: readonly Create[] = [
  { path: PODS, object: pod("good"), expected: 201 },
  { path: DEPLOYMENTS, object: deployment("good"), expected: 201 },
  { path: PODS, object: pod("bad", PRIVILEGED), expected: 403 },
  { path: DEPLOYMENTS, object: deployment("bad", PRIVILEGED), expected: 403 },
];

interface Noticed {
  readonly failures: readonly string[];
  /** How many, by webhook. */
  readonly letIn: Readonly<Record<string, number>>;
}

const NOTHING: Noticed = { failures: [], letIn: {} };

endToEnd("an API server with 50 writes a second", () => {
  let replicas: Replicas;
  let running: readonly ServiceReplica[];
  let bundle: string;
  let loads: readonly Load[] = [];

  beforeAll(async () => {
    bundle = path.join(await temporaryFolder(), "bundle.tar.gz");
    await replaceBy(bundle, await bundleForTests());
    const bindings = [await fileOf("exclusions.yaml", EXCLUSIONS)];
    const installation = { policies: bundle, bindings, manageCertificates: true, keepWebhooks: true };
    replicas = await prepareReplicas(controlPlane(), installation);
    running = await Promise.all([replicas.start(), replicas.start()]);
    await Promise.all(running.map((replica) => replica.ready()));
    expect(await replicas.applyWebhooks()).toMatchObject({ code: 0 });
    await admin.succeed("apply --filename=-", SHOP_NAMESPACE);
    await admin.succeed(`wait --for=create serviceaccount/default --namespace=${SHOP}`);
    const send = await sender(controlPlane());
    loads = RATES.map((rate) => startLoad(send, CREATES, rate));
    await eventually("all is answered as it must be", async () => {
      await delay(AFTERWARDS_MS);
      return since(performance.now() - AFTERWARDS_MS / 2).every(({ failure }) => failure === undefined);
    });
  }, 120_000);

  afterAll(async () => {
    await Promise.all(loads.map((load) => load.end()));
  });

  function since(begin: number): readonly Attempt[] {
    return loads.flatMap(({ attempts }) => attempts.filter(({ due }) => due >= begin));
  }

  /**
   * What failed of all that was due while something was changed for a minute, and for a while after that, and who was let
   * in without having been judged.
   */
  async function noticed(what: string, change: () => Promise<unknown>): Promise<Noticed> {
    const letIn = await letInFromNow(controlPlane());
    const begin = performance.now();
    const changes = await repeat(LASTS_MS, change);
    await delay(AFTERWARDS_MS);
    const end = performance.now();
    // A program that has stood still sends a moment later what was due before.
    await delay(AFTERWARDS_MS);
    await Promise.all(loads.map((load) => load.answered()));
    const attempts = since(begin).filter(({ due }) => due < end);
    const seconds = (end - begin) / 1_000;
    const { p99, worst } = timesOf(attempts);
    // Few would be no proof.
    expect(attempts.length).toBeGreaterThan((seconds - 2) * PER_SECOND);
    tell(
      `${what}, ${changes} times: ${attempts.length} requests in ${seconds.toFixed(0)} s, p99 ${p99.toFixed(0)} ms, the slowest took ${worst.toFixed(0)} ms`,
    );
    const failures = attempts.flatMap(({ failure }) => failure ?? []);
    return { failures, letIn: await letIn() };
  }

  test(
    "does not notice that every replica is replaced, one after the other",
    async () => {
      const restart = noticed("rolling restart", async () => {
        running = await restartAll(replicas, running);
      });
      expect(await restart).toEqual(NOTHING);
    },
    LIMIT_MS,
  );

  test.each(["leaf", "ca"] as const)(
    "does not notice a rotation of the %s",
    async (what) => {
      const rotation = noticed(`rotation of the ${what}`, () => rotate(controlPlane(), what, running));
      expect(await rotation).toEqual(NOTHING);
    },
    LIMIT_MS,
  );

  test(
    "does not notice that the policies change",
    async () => {
      const bundles = [(await buildFolder("policies")).file, await bundleForTests()];
      const swaps = noticed("two other bundles", async () => {
        for (const file of bundles) await swapBundle(bundle, file, running);
      });
      expect(await swaps).toEqual(NOTHING);
    },
    LIMIT_MS,
  );
});
