// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** What mutation leaves behind in a real API server: each change once, and nothing started anew. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { installPortcullis } from "../cluster/install.ts";
import { eventually } from "../life/life.ts";
import { bundleForTests, fileOf, person, policyBinding } from "./cluster.ts";
import { deployment, pod, SHOP_NAMESPACE } from "./objects.ts";
import { startSecondWebhook, type SecondWebhook } from "./second-webhook.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("mutation");
const admin = person(controlPlane, "admin");

const APPLY = "apply --filename=-";
const IN_SHOP = "--namespace=shop";

const SIDECAR = policyBinding("log-shipper", {
  policies: ["sidecars/container"],
  parameters: {
    container: { name: "log-shipper", image: "registry.example/logs/shipper:2" },
    volumes: [{ name: "logs", emptyDir: {} }],
    volumeMounts: [{ name: "logs", mountPath: "/var/log/app" }],
  },
});
const INJECTED = { "sidecars.portcullis.dev/inject": "true" };

const PodSpec = z.object({
  initContainers: z.array(z.object({ name: z.string(), restartPolicy: z.string() })).optional(),
  containers: z.array(
    z.object({
      name: z.string(),
      resources: z.object({ requests: z.record(z.string(), z.string()).optional() }),
      volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
    }),
  ),
  volumes: z.array(z.object({ name: z.string() })),
});

async function specOf(name: string): Promise<z.infer<typeof PodSpec>> {
  return PodSpec.parse(JSON.parse(await admin.stored(`pod/${name} ${IN_SHOP}`, "{.spec}")));
}

const Items = z.object({
  items: z.array(
    z.object({
      metadata: z.looseObject({ name: z.string(), uid: z.string(), generation: z.int() }),
      spec: z.looseObject({}),
    }),
  ),
});

/** What a rollout would change: the template of a Deployment, its ReplicaSets and its Pods. */
async function rolloutOf(deployed: string): Promise<{
  readonly template: string;
  readonly replicaSets: z.infer<typeof Items>["items"];
  readonly pods: z.infer<typeof Items>["items"];
}> {
  const list = async (kind: string): Promise<z.infer<typeof Items>["items"]> => {
    const selected = `${kind} ${IN_SHOP} --selector=app.kubernetes.io/name=${deployed}`;
    const { items } = Items.parse(JSON.parse(await admin.succeed(`get ${selected} --output=json`)));
    // Only what somebody wants of it; the status and who wrote what may change at any time.
    return items.map(({ metadata: { name, uid, generation }, spec }) => ({
      metadata: { name, uid, generation },
      spec,
    }));
  };
  return {
    template: await admin.stored(`deployment/${deployed} ${IN_SHOP}`, "{.spec.template}"),
    replicaSets: await list("replicasets"),
    pods: await list("pods"),
  };
}

async function untilPods(name: string, count: number): Promise<void> {
  const replicas = (): Promise<string> => admin.stored(`deployment/${name} ${IN_SHOP}`, "{.status.replicas}");
  await eventually(`${name} has ${count} Pods`, async () => (await replicas()) === String(count));
}

endToEnd("an API server that asks Portcullis for changes", () => {
  let before: Awaited<ReturnType<typeof rolloutOf>>;
  let second: SecondWebhook;

  beforeAll(async () => {
    await admin.succeed(APPLY, SHOP_NAMESPACE);
    await admin.succeed(
      APPLY,
      deployment("old", { replicas: 2, podLabels: INJECTED, container: { resources: {} } }),
    );
    await untilPods("old", 2);
    before = await rolloutOf("old");
    await installPortcullis(controlPlane(), {
      policies: await bundleForTests(),
      bindings: [await fileOf("bindings.yaml", SIDECAR)],
    });
    second = await startSecondWebhook();
    await admin.succeed(APPLY, second.configuration);
    await eventually("the second webhook is asked", async () => {
      await admin.succeed(`${APPLY} --dry-run=server`, pod("probe"));
      return second.calls() > 0;
    });
  });

  afterAll(() => {
    second.stop();
  });

  endToEnd("of a Deployment from before it was installed", () => {
    test("leaves template, ReplicaSet and Pods alone when the Deployment is annotated", async () => {
      await admin.succeed(`annotate deployment/old ${IN_SHOP} example.com/note=seen`);
      // The controller copies it, so after that it has done all that it wants to do.
      const copied = "{.items[*].metadata.annotations.example\\.com/note}";
      await eventually(
        "the controller has seen it",
        async () => (await admin.stored(`replicasets ${IN_SHOP}`, copied)) === "seen",
      );
      expect(await rolloutOf("old")).toEqual(before);
    });

    test("changes the new Pod only when it is scaled", async () => {
      await admin.succeed(`scale deployment/old ${IN_SHOP} --replicas=3`);
      await untilPods("old", 3);
      const { template, replicaSets, pods } = await rolloutOf("old");
      expect(template).toBe(before.template);
      expect(replicaSets).toEqual(
        before.replicaSets.map(({ metadata, spec }) => ({
          metadata: { ...metadata, generation: metadata.generation + 1 },
          spec: { ...spec, replicas: 3 },
        })),
      );
      const uids = new Set(before.pods.map(({ metadata }) => metadata.uid));
      expect(pods.filter(({ metadata }) => uids.has(metadata.uid))).toEqual(before.pods);
      const [added] = pods.filter(({ metadata }) => !uids.has(metadata.uid));
      expect(added?.spec).toMatchObject({ initContainers: [{ name: "log-shipper" }] });
    });
  });

  endToEnd("of a Pod that wants a sidecar", () => {
    const wanting = pod("wanting", { labels: INJECTED, container: { resources: {} } });

    test("injects it once, and looks at what another webhook adds after it", async () => {
      await admin.succeed(APPLY, wanting);
      const { initContainers, containers, volumes } = await specOf("wanting");
      expect(initContainers).toEqual([{ name: "log-shipper", restartPolicy: "Always" }]);
      expect(volumes.filter(({ name }) => name === "logs")).toHaveLength(1);
      expect(containers.map(({ name }) => name)).toEqual(["web", "second"]);
      const mounts = containers.map(({ volumeMounts }) => volumeMounts.filter(({ name }) => name === "logs"));
      expect(mounts).toEqual([[{ name: "logs", mountPath: "/var/log/app" }], []]);
      // Only a second call can have filled this in.
      expect(containers[1]?.resources.requests).toEqual({ cpu: "100m", memory: "128Mi" });
    });

    test("gives nothing to do to whoever applies it again", async () => {
      const version = (): Promise<string> =>
        admin.stored(`pod/wanting ${IN_SHOP}`, "{.metadata.resourceVersion}");
      const first = await version();
      // It says "configured": kubectl sends the order of the containers that it knows, which changes nothing.
      await admin.succeed(APPLY, wanting);
      expect(await admin.kubectl("diff --filename=-", wanting)).toMatchObject({ code: 0, stdout: "" });
      expect(await version()).toBe(first);
    });
  });

  test("gives nothing to do to whoever applies a Deployment again, on either side", async () => {
    const filled = deployment("filled", { podLabels: INJECTED, container: { resources: {} } });
    for (const [apply, said] of [
      [APPLY, "unchanged"],
      ["apply --server-side --field-manager=ci --force-conflicts --filename=-", "serverside-applied"],
    ] as const) {
      await admin.succeed(apply, filled);
      await untilPods("filled", 1);
      const first = await rolloutOf("filled");
      expect(await admin.succeed(apply, filled)).toBe(`deployment.apps/filled ${said}\n`);
      expect(await admin.kubectl("diff --filename=-", filled)).toMatchObject({ code: 0, stdout: "" });
      expect(await rolloutOf("filled")).toEqual(first);
    }
    const seccomp = "{.spec.template.spec.securityContext.seccompProfile.type}";
    expect(await admin.stored(`deployment/filled ${IN_SHOP}`, seccomp)).toBe("RuntimeDefault");
  });
});
