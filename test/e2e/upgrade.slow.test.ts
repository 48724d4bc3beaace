// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** A new version with other policies and another definition, and the way back, while a cluster is at work. */
import { beforeAll, expect, test } from "@jest/globals";
import { cp, readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { load as parseYaml } from "js-yaml";
import { z } from "zod";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { prepareReplicas, type Replicas, type ServiceReplica } from "../cluster/replicas.ts";
import { eventually } from "../life/life.ts";
import { buildFolder, temporaryFolder, writeFiles } from "../policy-folder.ts";
import { person, policyBinding } from "./cluster.ts";
import { SHOP, SHOP_NAMESPACE } from "./objects.ts";
import { APPLY, DENIED, DRY_RUN, saidOfBadPod, shippedPacks } from "./uninstallation.ts";
import { unnoticed } from "./unnoticed.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("upgrading");
const admin = person(controlPlane, "admin");

/** Two servers start and end in each test, one after the other; a machine that does everything else needs its time. */
const LIMIT_MS = 300_000;
/** For a server that must not get ready. */
const WAIT_MS = 1_000;

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

endToEnd("an API server at work", () => {
  let older: string;
  let newer: string;
  let replicas: Replicas;
  let running: readonly ServiceReplica[] = [];

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
  }, 120_000);

  function start(policies: string): Promise<ServiceReplica> {
    return replicas.start({ args: [`--policies=${policies}`] });
  }

  /** As the Deployment does it: the next is ready before one goes. */
  async function rollTo(policies: string, what: string): Promise<void> {
    await unnoticed(what, { controlPlane: controlPlane(), replicas }, async () => {
      for (const [index, old] of running.entries()) {
        const next = await start(policies);
        await next.ready();
        expect(await old.terminate()).toBe("exit code 0");
        running = running.with(index, next);
      }
    });
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
      await rollTo(newer, "upgrade");
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
      await delay(WAIT_MS);
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
      await rollTo(older, "back");
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
