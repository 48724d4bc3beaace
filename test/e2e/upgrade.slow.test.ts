// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** A new version with other policies and another definition, and the way back, while a cluster is at work. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { cp, readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { load as parseYaml } from "js-yaml";
import { z } from "zod";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { sender, startLoad, type Create, type Load } from "../cluster/load.ts";
import { prepareReplicas, type Replicas, type ServiceReplica } from "../cluster/replicas.ts";
import { eventually, tell } from "../life/life.ts";
import { buildFolder, temporaryFolder, writeFiles } from "../policy-folder.ts";
import { person, policyBinding } from "./cluster.ts";
import { pod, SHOP, SHOP_NAMESPACE } from "./objects.ts";
import { APPLY, DENIED, DRY_RUN, saidOfBadPod, shippedPacks } from "./uninstallation.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("upgrading");
const admin = person(controlPlane, "admin");

const PODS = `/api/v1/namespaces/${SHOP}/pods`;
const CREATES: readonly Create[] = [
  { path: PODS, object: pod("good"), expected: 201 },
  {
    path: PODS,
    object: pod("bad", { container: { securityContext: { privileged: true } } }),
    expected: 403,
  },
];
const RATE = { perSecond: 10, together: 5 };
/** Two servers start and end in each test, one after the other; a machine that does everything else needs its time. */
const LIMIT_MS = 300_000;
/** Requests that are answered after a rollout is over: what it left behind shows on them. */
const AFTERWARDS_MS = 1_000;

/** A policy of the new version, for a kind that none of the old one is about. */
const CONFIG_MAPS = `# METADATA
# scope: package
# title: ConfigMaps are not bad
# custom:
#   match:
#     resources: [configmaps]
package upgrade.config_maps

deny contains "it is bad" if input.request.object.metadata.labels.bad
`;

const BAD_CONFIG_MAP = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "bad", namespace: SHOP, labels: { bad: "yes" } },
};

const DEFINITION = "manifests/base/crds/policybindings.policy.portcullis.dev.yaml";

const Definition = z.looseObject({
  spec: z.looseObject({
    versions: z.tuple([
      z.looseObject({
        schema: z.looseObject({
          openAPIV3Schema: z.looseObject({
            properties: z.looseObject({
              spec: z.looseObject({ properties: z.looseObject({}) }),
            }),
          }),
        }),
      }),
    ]),
  }),
});

/** The shipped definition with one more field. */
async function newerDefinition(): Promise<object> {
  const definition = Definition.parse(parseYaml(await readFile(DEFINITION, "utf8")));
  definition.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties["note"] = { type: "string" };
  return definition;
}

async function newerPolicies(): Promise<string> {
  const root = path.join(await temporaryFolder(), "policies");
  await cp("policies", root, { recursive: true });
  await writeFiles(root, { "upgrade/config-maps.rego": CONFIG_MAPS });
  return (await buildFolder(root)).file;
}

async function saidOfBadConfigMap(): Promise<string> {
  return (await admin.kubectl(DRY_RUN, BAD_CONFIG_MAP)).stderr;
}

endToEnd("an API server with 10 writes a second", () => {
  let older: string;
  let newer: string;
  let replicas: Replicas;
  let running: readonly ServiceReplica[] = [];
  let load: Load;

  beforeAll(async () => {
    newer = await newerPolicies();
    const installation = { ...(await shippedPacks()), manageCertificates: true, keepWebhooks: true };
    older = installation.policies;
    replicas = await prepareReplicas(controlPlane(), installation);
    running = await Promise.all([start(older), start(older)]);
    await Promise.all(running.map((replica) => replica.ready()));
    expect(await replicas.applyWebhooks()).toMatchObject({ code: 0 });
    await admin.succeed(APPLY, SHOP_NAMESPACE);
    await admin.succeed(`wait --for=create serviceaccount/default --namespace=${SHOP}`);
    await eventually("it enforces", async () => (await saidOfBadPod(admin)).includes(DENIED));
    load = startLoad(await sender(controlPlane()), CREATES, RATE);
  }, 120_000);

  afterAll(async () => {
    await load.end();
  });

  function start(policies: string): Promise<ServiceReplica> {
    return replicas.start({ args: [`--policies=${policies}`] });
  }

  /** As the Deployment does it: the next is ready before one goes. Gives what failed meanwhile. */
  async function rollTo(policies: string, what: string): Promise<readonly unknown[]> {
    const before = load.attempts.length;
    for (const [index, old] of running.entries()) {
      const next = await start(policies);
      await next.ready();
      expect(await old.terminate()).toBe("exit code 0");
      running = running.with(index, next);
    }
    await delay(AFTERWARDS_MS);
    const attempts = load.attempts.slice(before);
    const worst = Math.max(...attempts.map(({ took }) => took));
    tell(`${what}: ${attempts.length} requests, the slowest took ${worst.toFixed(0)} ms`);
    // It takes half a minute; few would be no proof.
    expect(attempts.length).toBeGreaterThan(100);
    return attempts.filter(({ failure }) => failure !== undefined);
  }

  async function failedReloads(): Promise<readonly unknown[]> {
    return Promise.all(
      running.map(async (replica) => (await replica.metrics()).get("portcullis_reload_failed")),
    );
  }

  test(
    "does not notice an upgrade, whose binding is there before its policy",
    async () => {
      await admin.succeed("apply --server-side --filename=-", await newerDefinition());
      await admin.succeed(
        APPLY,
        policyBinding("config-maps", { policies: ["upgrade/config-maps"], enforcement: "deny" }),
      );
      await eventually("the old ones say that they cannot load it", async () =>
        (await failedReloads()).every((value) => value === 1),
      );
      expect(await rollTo(newer, "upgrade")).toEqual([]);
      expect(await failedReloads()).toEqual([0, 0]);
      await eventually("the new policy is asked", async () => (await saidOfBadConfigMap()).includes(DENIED));
    },
    LIMIT_MS,
  );

  test(
    "keeps the new version while an old one cannot start",
    async () => {
      const replica = await start(older);
      await eventually("it says why", async () => (await replica.log()).includes("upgrade/config-maps"));
      await delay(AFTERWARDS_MS);
      expect((await replica.get("/readyz")).status).toBe(503);
      expect(replica.isEndpoint()).toBe(false);
      expect(await saidOfBadConfigMap()).toContain(DENIED);
      await admin.succeed("delete policybinding/config-maps");
      // It is mended without a restart, and is one of those that a rollout back would start.
      await replica.ready();
      await replica.terminate();
    },
    LIMIT_MS,
  );

  test(
    "does not notice the way back",
    async () => {
      await admin.succeed(`apply --server-side --filename=${path.resolve(DEFINITION)}`);
      expect(await rollTo(older, "back")).toEqual([]);
      await eventually("nobody is asked about ConfigMaps", async () => (await saidOfBadConfigMap()) === "");
      const rules = "{.webhooks[*].rules[*].resources[*]}";
      await eventually("the rules are those of the old policies", async () => {
        const resources = await admin.stored("validatingwebhookconfiguration/portcullis", rules);
        return !resources.split(" ").includes("configmaps");
      });
      expect(await saidOfBadPod(admin)).toContain(DENIED);
    },
    LIMIT_MS,
  );
});
