// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** The API server keeps connections that nobody uses; whoever closes them first must not be the server. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { startForwarder, type Forwarder } from "../cluster/forwarder.ts";
import { applyWebhooks, prepare, startServer } from "../cluster/installation.ts";
import { letInFromNow } from "../cluster/let-in.ts";
import { sender, type Create } from "../cluster/load.ts";
import { buildFolder } from "../policy-folder.ts";
import { person } from "./cluster.ts";
import { pod, SHOP, SHOP_NAMESPACE } from "./objects.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("idle connections");
const admin = person(controlPlane, "admin");

const CREATE: Create = { path: `/api/v1/namespaces/${SHOP}/pods`, object: pod("good"), expected: 201 };
/** As many as the API server keeps idle for one webhook (k8s.io/apimachinery, defaultTransport.MaxIdleConnsPerHost). */
const KEPT = 25;
/** It closes them itself after 90 s (Go's http.DefaultTransport, IdleConnTimeout). */
const BEFORE_IT_CLOSES_MS = 85_000;
const AFTER_IT_CLOSED_MS = 95_000;
/** A client that closes says so in TLS first: what the server ends so soon after that, it ends as an answer. */
const ANSWERED_MS = 10_000;
const LIMIT_MS = 300_000;

/** What failed of so many creates at once. */
async function failuresOf(creates: number): Promise<readonly string[]> {
  const send = await sender(controlPlane());
  const attempts = Array.from({ length: creates }, () => send(CREATE, performance.now()));
  return (await Promise.all(attempts)).flatMap(({ failure }) => failure ?? []);
}

endToEnd("an API server that asks nothing for a while", () => {
  let service: Forwarder;

  beforeAll(async () => {
    service = await startForwarder();
    const policies = (await buildFolder("policies")).file;
    const prepared = await prepare(controlPlane(), { policies, bindings: [] });
    const server = await startServer(prepared, { name: "portcullis" });
    await server.ready();
    service.forwardTo([server.admissionPort]);
    expect(await applyWebhooks(prepared, service.port, [])).toMatchObject({ code: 0 });
    await admin.succeed("apply --filename=-", SHOP_NAMESPACE);
    await admin.succeed(`wait --for=create serviceaccount/default --namespace=${SHOP}`);
  }, 120_000);

  afterAll(() => service.close());

  test(
    "finds every connection that it has kept as long as it keeps them, and is answered after that, too",
    async () => {
      const letIn = await letInFromNow(controlPlane());
      // How many it needs at once depends on how the answers follow each other: until a burst opens none.
      let kept = 0;
      while (kept !== service.connections()) {
        kept = service.connections();
        expect(await failuresOf(KEPT)).toEqual([]);
      }
      await delay(BEFORE_IT_CLOSES_MS);
      expect(service.openConnections()).toBeGreaterThan(0);
      // Those that it opened ahead and never used would be enough for a few.
      expect(await failuresOf(KEPT - 5)).toEqual([]);
      const opened = service.connections();
      // Those that were used just now are as old as all others were before.
      await delay(AFTER_IT_CLOSED_MS);
      expect(service.endedByEndpoints().filter((silent) => silent > ANSWERED_MS)).toEqual([]);
      expect(await failuresOf(KEPT)).toEqual([]);
      expect(service.connections()).toBeGreaterThan(opened);
      expect(await letIn()).toEqual({});
    },
    LIMIT_MS,
  );
});
