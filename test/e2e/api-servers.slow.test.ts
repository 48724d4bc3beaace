// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** Two API servers on one etcd: each asks Portcullis by what it has heard of the webhooks, and one of them hears late. */
import { beforeAll, expect, test } from "@jest/globals";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { SPREAD } from "../../src/certificates/next-step.ts";
import type { ReachedApiServer, SecondApiServer } from "../cluster/api-servers.ts";
import { rotate } from "../cluster/changes.ts";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { letInFromNow } from "../cluster/let-in.ts";
import { IN_BURSTS, sender, startLoad, type Attempt, type Rate } from "../cluster/load.ts";
import { prepareReplicas, type Replicas, type ServiceReplica } from "../cluster/replicas.ts";
import { eventually, tell } from "../life/life.ts";
import { DEVELOPER, EXEMPTOR, PERMISSIONS, person, policyBinding, USERS, type Person } from "./cluster.ts";
import { namespace, pod, SHOP, SHOP_NAMESPACE } from "./objects.ts";
import {
  APPLY,
  DENIED,
  DRY_RUN,
  isAdmitted,
  REJECTED,
  saidOfBadPod,
  shippedPacks,
} from "./uninstallation.ts";
import { GOOD_AND_BAD } from "./unnoticed.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("two API servers", { users: USERS });

const ADMIN = "admin";
const EXEMPT = "policy.portcullis.dev/exempt";
const PRIVILEGED = { container: { securityContext: { privileged: true } } };

type Which = "first" | "second";
const EACH: readonly Which[] = ["first", "second"];
const BOTH_WAYS = [
  ["first", "second"],
  ["second", "first"],
] as const satisfies readonly (readonly [Which, Which])[];

/** Through the first; the second needs new connections all the time. */
const STEADY: Rate = { perSecond: 5 };
/** Through an API server that hangs: all of them are answered at the same moment. */
const FEW: Rate = { perSecond: 2 };

/** How long the second hears nothing, in ms: still in time. */
const LATE_MS = SPREAD * 0.7;
/** Requests that are answered after a change is over: what it left behind shows on them. */
const AFTERWARDS_MS = 3_000;
const LIMIT_MS = 180_000;

const CONFIGURATION =
  "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/portcullis?resourceVersion=0";
const Configuration = z.object({
  webhooks: z.array(z.object({ clientConfig: z.object({ caBundle: z.string() }) })).min(1),
});

function failuresOf(attempts: readonly Attempt[]): readonly string[] {
  return attempts.flatMap(({ failure }) => failure ?? []);
}

endToEnd("two API servers that ask Portcullis", () => {
  let second: SecondApiServer;
  let replicas: Replicas;
  let running: readonly ServiceReplica[];

  function reached(which: Which): ReachedApiServer {
    return which === "first" ? controlPlane() : second;
  }

  function through(which: Which, user: string): Person {
    return person(() => reached(which), user);
  }

  beforeAll(async () => {
    second = await controlPlane().startSecondApiServer();
    const installation = { ...(await shippedPacks()), manageCertificates: true, keepWebhooks: true };
    replicas = await prepareReplicas(controlPlane(), installation);
    running = await Promise.all([replicas.start(), replicas.start()]);
    await Promise.all(running.map((replica) => replica.ready()));
    expect(await replicas.applyWebhooks()).toMatchObject({ code: 0 });
    const admin = through("first", ADMIN);
    for (const object of [PERMISSIONS, SHOP_NAMESPACE]) await admin.succeed(APPLY, object);
    await admin.succeed(`wait --for=create serviceaccount/default --namespace=${SHOP}`);
    for (const which of EACH)
      for (const user of [ADMIN, DEVELOPER, EXEMPTOR])
        await eventually(`the ${which} asks about what ${user} writes`, async () =>
          (await saidOfBadPod(through(which, user))).includes(DENIED),
        );
  }, LIMIT_MS);

  test.each(EACH)("deny through the %s what a policy denies, and admit the rest", async (one) => {
    expect(await saidOfBadPod(through(one, DEVELOPER))).toContain(DENIED);
    expect(await isAdmitted(through(one, DEVELOPER))).toBe(true);
  });

  test.each(BOTH_WAYS)(
    "take the label that frees a namespace through the %s from those who may, and then the %s asks no more",
    async (one, other) => {
      const freed = `freed-through-${one}`;
      await through(one, ADMIN).succeed(APPLY, namespace(freed, {}));
      await through(other, ADMIN).succeed(`wait --for=create serviceaccount/default --namespace=${freed}`);
      const denies = async (which: Which): Promise<boolean> => {
        const bad = pod("bad", { ...PRIVILEGED, namespace: freed });
        return (await through(which, DEVELOPER).kubectl(DRY_RUN, bad)).stderr.includes(DENIED);
      };
      const label = `label namespace/${freed} ${EXEMPT}`;
      for (const which of EACH) {
        const { stderr } = await through(which, DEVELOPER).kubectl(`${label}=`);
        expect(stderr).toContain('"exemption-guard.portcullis.dev" denied the request');
        expect(await denies(which)).toBe(true);
      }
      await through(one, EXEMPTOR).succeed(`${label}=`);
      for (const which of EACH) await eventually(`the ${which} is free`, async () => !(await denies(which)));
      await through(other, EXEMPTOR).succeed(`${label}-`);
      for (const which of EACH) await eventually(`the ${which} denies again`, () => denies(which));
    },
  );

  test.each(BOTH_WAYS)(
    "go by a PolicyBinding that is written through the %s and deleted through the %s",
    async (one, other) => {
      const spec = { policies: ["pod-security/privileged"], enforcement: "warn" };
      await through(one, ADMIN).succeed(APPLY, policyBinding("only-warned", spec));
      const said = (which: Which): Promise<string> => saidOfBadPod(through(which, DEVELOPER));
      for (const which of EACH) {
        await eventually(`the ${which} does not deny`, async () => !(await said(which)).includes(DENIED));
        expect(await said(which)).toContain("Warning: pod-security/privileged");
      }
      await through(other, ADMIN).succeed("delete policybinding/only-warned");
      for (const which of EACH)
        await eventually(`the ${which} denies again`, async () => (await said(which)).includes(DENIED));
    },
  );

  /** The caBundle by which an API server asks now, which is not always the one that is stored. */
  async function trustedBy(which: Which): Promise<string> {
    const text = await through(which, ADMIN).succeed(`get --raw ${CONFIGURATION}`);
    return (
      Configuration.parse(JSON.parse(text)).webhooks.map(({ clientConfig }) => clientConfig.caBundle)[0] ?? ""
    );
  }

  /** Asks for a new authority, and gives when the first API server trusts it. */
  async function begin(): Promise<{ readonly rotated: Promise<void>; readonly trusted: string }> {
    const before = await trustedBy("first");
    const rotated = rotate(controlPlane(), "ca", running);
    // Whoever asked for it awaits it later, and then it fails there.
    rotated.catch(() => undefined);
    await eventually("the first trusts another authority", async () => (await trustedBy("first")) !== before);
    return { rotated, trusted: before };
  }

  /** Others take over, all at once: what is open ends, and every connection is made anew. */
  async function replaceAll(): Promise<void> {
    const next = await Promise.all(running.map(() => replicas.start()));
    await Promise.all(next.map((replica) => replica.ready()));
    await Promise.all(running.map((replica) => replica.terminate()));
    running = next;
  }

  /** Sends through both while `act` runs and a little longer. Whatever becomes of it, the second hears everything again. */
  async function underLoad(
    ofSecond: Rate,
    act: () => Promise<void>,
  ): Promise<Readonly<Record<Which, readonly Attempt[]>>> {
    const loads = {
      first: startLoad(await sender(reached("first")), GOOD_AND_BAD, STEADY),
      second: startLoad(await sender(second), GOOD_AND_BAD, ofSecond),
    };
    try {
      await act();
      await delay(AFTERWARDS_MS);
    } finally {
      second.signal("SIGCONT");
      second.webhookConfigurations.release();
      await Promise.all([loads.first.end(), loads.second.end()]);
    }
    return { first: loads.first.attempts, second: loads.second.attempts };
  }

  /** Counts from now on what each of them lets in. */
  async function bothLetIn(): Promise<() => Promise<readonly unknown[]>> {
    const counts = await Promise.all(EACH.map((which) => letInFromNow(reached(which))));
    return () => Promise.all(counts.map((letIn) => letIn()));
  }

  test(
    "do not notice a rotation of the CA of which the second hears twenty seconds late",
    async () => {
      const letIn = await bothLetIn();
      const sent = await underLoad(IN_BURSTS, async () => {
        second.webhookConfigurations.hold();
        const { rotated, trusted } = await begin();
        const connections = replicas.connections();
        await delay(LATE_MS);
        expect(await trustedBy("second")).toBe(trusted);
        expect(replicas.connections()).toBeGreaterThan(connections);
        second.webhookConfigurations.release();
        await rotated;
      });
      expect(failuresOf([...sent.first, ...sent.second])).toEqual([]);
      expect(await letIn()).toEqual([{}, {}]);
      expect(sent.second.length).toBeGreaterThan((SPREAD / 1_000) * IN_BURSTS.perSecond);
    },
    LIMIT_MS,
  );

  test(
    "do not notice a rotation of the CA while the second hangs for twenty seconds",
    async () => {
      const letIn = await bothLetIn();
      const sent = await underLoad(FEW, async () => {
        second.signal("SIGSTOP");
        const late = delay(LATE_MS);
        const { rotated } = await begin();
        await late;
        second.signal("SIGCONT");
        await rotated;
      });
      expect(failuresOf([...sent.first, ...sent.second])).toEqual([]);
      expect(await letIn()).toEqual([{}, {}]);
      expect(Math.max(...sent.second.map(({ took }) => took))).toBeGreaterThan(LATE_MS * 0.9);
    },
    LIMIT_MS,
  );

  test(
    "reject through the second, and through it alone, while it has not heard of the CA that signs; then all is well by itself",
    async () => {
      let [released, heard] = [Number.NaN, Number.NaN];
      const letIn = await letInFromNow(reached("first"));
      const sent = await underLoad(IN_BURSTS, async () => {
        second.webhookConfigurations.hold();
        const { rotated } = await begin();
        await rotated;
        await replaceAll();
        await delay(AFTERWARDS_MS);
        second.webhookConfigurations.release();
        released = performance.now();
        const now = await trustedBy("first");
        await eventually("the second has heard", async () => (await trustedBy("second")) === now);
        heard = performance.now();
      });
      expect(failuresOf(sent.first)).toEqual([]);
      expect(await letIn()).toEqual({});
      const failed = sent.second.filter(({ failure }) => failure !== undefined);
      tell(
        `an API server that hears of it too late: ${failed.length} of ${sent.second.length} requests, and it had heard ${(heard - released).toFixed(0)} ms after it could`,
      );
      expect(failed.length).toBeGreaterThan(0);
      for (const failure of failuresOf(failed)) {
        expect(failure).toContain(REJECTED.replaceAll('"', '\\"'));
        expect(failure).toContain("x509: certificate signed by unknown authority");
      }
      expect(failed.filter(({ due }) => due > heard + AFTERWARDS_MS / 2)).toEqual([]);
    },
    LIMIT_MS,
  );
});
