// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** Every way in which an object can be written: each is asked about, and what is stored is what was admitted. */
import { beforeAll, beforeEach, expect, test } from "@jest/globals";
import {
  ApiException,
  CoreV1Api,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions,
} from "@kubernetes/client-node";
import { clusterForTests } from "./any-cluster.ts";
import { bundleForTests, deniedBy, EXCLUSIONS, fileOf, NOT_FOUND, person } from "./cluster.ts";
import {
  configMap,
  deployment,
  namespace,
  pod,
  SHOP,
  SHOP_NAMESPACE,
  widget,
  WIDGET_DEFINITION,
} from "./objects.ts";

const { describe: endToEnd, cluster, install } = await clusterForTests("every kind of write");
const admin = person(cluster, "admin");

const IN_SHOP = "--namespace=shop";
const APPLY = "apply --filename=-";
const DENIED_CHANGE = deniedBy("validate-fail", "e2e/config-maps: data.frozen must not change");

/** The generated client, which sends what it is told and shows what the API server answered. */
function client(): CoreV1Api {
  const config = new KubeConfig();
  config.loadFromFile(cluster().kubeconfig());
  return config.makeApiClient(CoreV1Api);
}

/** The text of an answer that is an error. */
async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => "it was not refused",
    (reason: unknown) => reason,
  );
  return error instanceof ApiException ? `${error.code} ${String(error.body)}` : String(error);
}

function dataOf(name: string): Promise<unknown> {
  return admin.stored(`configmap/${name} ${IN_SHOP}`, "{.data}").then((text): unknown => JSON.parse(text));
}

// One change of the ConfigMap `settings`, in the forms in which it can be sent.
const OLD = { frozen: "old", free: "old" };

function patch(type: string, change: object): string {
  return `patch configmap/settings ${IN_SHOP} --type=${type} --patch=${JSON.stringify(change)}`;
}

function changed(key: string): object {
  return { data: { [key]: "new" } };
}

function replaced(key: string): object {
  return [{ op: "replace", path: `/data/${key}`, value: "new" }];
}

function whole(key: string): object {
  return configMap("settings", { ...OLD, [key]: "new" });
}

function removeGroup(group: string): Promise<unknown> {
  return client().deleteCollectionNamespacedConfigMap({ namespace: SHOP, labelSelector: `group=${group}` });
}

endToEnd("an API server that asks Portcullis", () => {
  beforeAll(async () => {
    const installation = {
      policies: await bundleForTests(),
      bindings: [await fileOf("exclusions.yaml", EXCLUSIONS)],
    };
    await install(installation);
    for (const object of [SHOP_NAMESPACE, WIDGET_DEFINITION]) await admin.succeed(APPLY, object);
    await admin.succeed("wait --for=condition=Established crd/widgets.e2e.portcullis.dev");
    await admin.succeed(`wait --for=create serviceaccount/default ${IN_SHOP}`);
  });

  endToEnd("about a new object", () => {
    test("written with kubectl create", async () => {
      const result = await admin.kubectl("create --filename=-", configMap("new", { forbidden: "x" }));
      expect(result).toMatchObject(
        deniedBy("validate-fail", "e2e/config-maps: data.forbidden must not be set"),
      );
      expect(await admin.kubectl(`get configmap/new ${IN_SHOP}`)).toMatchObject(NOT_FOUND);
    });

    test("written with the generated client", async () => {
      const body = { metadata: { name: "new" }, data: { forbidden: "x" } };
      const text = await refusal(client().createNamespacedConfigMap({ namespace: SHOP, body }));
      expect(text).toContain("403");
      expect(text).toContain("e2e/config-maps: data.forbidden must not be set");
      // The position goes along for those who read more than the message.
      expect(text).toContain('"field":"data.forbidden"');
      expect(await admin.kubectl(`get configmap/new ${IN_SHOP}`)).toMatchObject(NOT_FOUND);
    });

    test("whose name the API server generates", async () => {
      const named = { generateName: "made-" };
      const privileged = { securityContext: { privileged: true } };
      const refused = await admin.kubectl(
        "create --filename=-",
        pod("", { ...named, container: privileged }),
      );
      expect(refused).toMatchObject({ code: 1, stdout: "" });
      expect(refused.stderr).toContain("pod-security/privileged");
      const created = await admin.succeed("create --filename=- --output=name", pod("", named));
      expect(created).toMatch(/^pod\/made-[a-z0-9]{5}\n$/);
      // Mutation is asked while there is no name yet.
      const seccomp = "{.spec.securityContext.seccompProfile.type}";
      expect(await admin.stored(`${created.trim()} ${IN_SHOP}`, seccomp)).toBe("RuntimeDefault");
      expect(await admin.stored(`pods ${IN_SHOP}`, "{.items[*].metadata.generateName}")).toBe("made-");
    });
  });

  endToEnd("about a change", () => {
    beforeEach(async () => {
      await client()
        .deleteNamespacedConfigMap({ name: "settings", namespace: SHOP })
        .catch(() => undefined);
      await admin.succeed("apply --server-side --filename=-", configMap("settings", OLD));
    });

    test.each<[string, (key: string) => readonly [string, object?]]>([
      ["kubectl replace", (key) => [`replace --filename=-`, whole(key)]],
      ["a JSON patch", (key) => [patch("json", replaced(key))]],
      ["a merge patch", (key) => [patch("merge", changed(key))]],
      ["a strategic merge patch", (key) => [patch("strategic", changed(key))]],
      ["kubectl apply", (key) => ["apply --filename=-", whole(key)]],
      ["server-side apply", (key) => ["apply --server-side --filename=-", whole(key)]],
    ])("by %s", async (_how, command) => {
      expect(await admin.kubectl(...command("frozen"))).toMatchObject(DENIED_CHANGE);
      expect(await dataOf("settings")).toEqual(OLD);
      await admin.succeed(...command("free"));
      expect(await dataOf("settings")).toEqual({ frozen: "old", free: "new" });
    });

    test.each<[keyof typeof PatchStrategy, (key: string) => object]>([
      ["JsonPatch", replaced],
      ["MergePatch", changed],
      ["StrategicMergePatch", changed],
      ["ServerSideApply", whole],
    ])("by the generated client's %s", async (strategy, body) => {
      const send = (key: string): Promise<unknown> =>
        client().patchNamespacedConfigMap(
          { name: "settings", namespace: SHOP, body: body(key), fieldManager: "kubectl" },
          setHeaderOptions("Content-Type", PatchStrategy[strategy]),
        );
      expect(await refusal(send("frozen"))).toContain("e2e/config-maps: data.frozen must not change");
      expect(await dataOf("settings")).toEqual(OLD);
      await send("free");
      expect(await dataOf("settings")).toEqual({ frozen: "old", free: "new" });
    });
  });

  endToEnd("about a deletion", () => {
    const kept = { labels: { keep: "yes", group: "kept" } };

    test("of one object", async () => {
      await admin.succeed(APPLY, configMap("kept", {}, kept));
      const result = await admin.kubectl(`delete configmap/kept ${IN_SHOP}`);
      expect(result).toMatchObject(deniedBy("validate-fail", "e2e/config-maps: kept is kept"));
      expect(await admin.stored(`configmap/kept ${IN_SHOP}`, "{.metadata.deletionTimestamp}")).toBe("");
    });

    test("of a collection, whose objects are asked about one by one", async () => {
      await admin.succeed(APPLY, configMap("kept", {}, kept));
      for (const name of ["one", "two"])
        await admin.succeed(APPLY, configMap(name, {}, { labels: { group: "gone" } }));
      expect(await refusal(removeGroup("kept"))).toContain("e2e/config-maps: kept is kept");
      await removeGroup("gone");
      const names = "{.items[*].metadata.name}";
      expect(await admin.stored(`configmaps ${IN_SHOP} --selector=group`, names)).toBe("kept");
    });
  });

  endToEnd("about a subresource", () => {
    test("ephemeralcontainers: what kubectl debug adds", async () => {
      await admin.succeed(APPLY, pod("debugged"));
      const debug = (name: string, profile: string): string =>
        `debug debugged ${IN_SHOP} --image=registry.example/tools:1 --attach=false --container=${name} --profile=${profile}`;
      expect(await admin.kubectl(debug("root", "sysadmin"))).toMatchObject(
        deniedBy(
          "validate-fail",
          'pod-security/privileged: ephemeral container "root" sets securityContext.privileged to true; it must be unset or false',
        ),
      );
      await admin.succeed(debug("user", "restricted"));
      const names = "{.spec.ephemeralContainers[*].name}";
      expect(await admin.stored(`pod/debugged ${IN_SHOP}`, names)).toBe("user");
    });

    test("scale", async () => {
      await admin.succeed(APPLY, deployment("scaled"));
      const scale = (replicas: number): string => `scale deployment/scaled ${IN_SHOP} --replicas=${replicas}`;
      const denied = deniedBy("validate-fail", "e2e/scale: 11 replicas are more than 10");
      expect(await admin.kubectl(scale(11))).toMatchObject(denied);
      expect(await admin.stored(`deployment/scaled ${IN_SHOP}`, "{.spec.replicas}")).toBe("1");
      await admin.succeed(scale(2));
      expect(await admin.stored(`deployment/scaled ${IN_SHOP}`, "{.spec.replicas}")).toBe("2");
    });

    test("exec, which stores nothing", async () => {
      await admin.succeed(APPLY, pod("entered"));
      const denied =
        'admission webhook "validate-fail.portcullis.dev" denied the request: e2e/exec: nobody may run sh in entered';
      expect(await admin.kubectl(`exec entered ${IN_SHOP} -- sh`)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(denied),
      });
      // As far as a Pod can be entered that runs nowhere: its image does not exist, or there is no Node.
      expect(await admin.kubectl(`exec entered ${IN_SHOP} -- ls`)).toMatchObject({
        code: 1,
        stderr: expect.not.stringContaining("denied the request"),
      });
    });
  });

  endToEnd("about a Namespace", () => {
    const red = deniedBy("namespaces-fail", "e2e/namespaces: a Namespace must not be red");

    test("that is created", async () => {
      expect(await admin.kubectl(APPLY, namespace("red", { color: "red" }))).toMatchObject(red);
      expect(await admin.kubectl("get namespace/red")).toMatchObject(NOT_FOUND);
    });

    test("that gets other labels", async () => {
      await admin.succeed(APPLY, namespace("blue", { color: "blue" }));
      expect(await admin.kubectl("label --overwrite namespace/blue color=red")).toMatchObject(red);
      expect(await admin.stored("namespace/blue", "{.metadata.labels.color}")).toBe("blue");
      await admin.succeed("label --overwrite namespace/blue color=green");
      expect(await admin.stored("namespace/blue", "{.metadata.labels.color}")).toBe("green");
    });
  });

  endToEnd("about a custom resource", () => {
    // The first is no double; the second would be rounded down to what is allowed.
    const [allowed, refused] = [9007199254740993n, 9007199254740994n];

    test("whose integer no double holds: it is judged and, after a mutation, stored as it is", async () => {
      await admin.succeed(APPLY, widget("exact", allowed));
      const stored = (path: string): Promise<string> => admin.stored(`widget/exact ${IN_SHOP}`, path);
      expect([await stored("{.spec.size}"), await stored("{.metadata.labels.seen}")]).toEqual([
        "9007199254740993",
        "yes",
      ]);
      expect(await admin.kubectl(APPLY, widget("exact", refused))).toMatchObject(
        deniedBy("validate-fail", "e2e/widgets: the size 9007199254740994 is above 9007199254740993"),
      );
      expect(await stored("{.spec.size}")).toBe("9007199254740993");
    });

    test("of 2.9 MB, which is just below what the API server takes", async () => {
      const text = "x".repeat(2_900_000);
      expect(await admin.kubectl("create --filename=-", widget("large", refused, text))).toMatchObject(
        deniedBy("validate-fail", "e2e/widgets: the size 9007199254740994 is above 9007199254740993"),
      );
      const dryRun = "create --dry-run=server --filename=- --output=jsonpath={.metadata.labels.seen}";
      expect(await admin.succeed(dryRun, widget("large", allowed, text))).toBe("yes");
      // Admitted; etcd takes less than the API server.
      expect(await admin.kubectl("create --filename=-", widget("large", allowed, text))).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("larger than max"),
      });
      expect(await admin.kubectl(`get widget/large ${IN_SHOP}`)).toMatchObject(NOT_FOUND);
    });
  });

  test("about the change of a ConfigMap of 1.2 MB, with both versions in one request", async () => {
    // The values may have 1 MiB at most, the annotations 256 KiB.
    const options = { annotations: { large: "y".repeat(200_000) } };
    const large = (data: Readonly<Record<string, string>>): object =>
      configMap("large", { text: "x".repeat(1_000_000), ...data }, options);
    await admin.succeed("create --filename=-", large({ frozen: "a" }));
    expect(await admin.kubectl("replace --filename=-", large({ frozen: "b" }))).toMatchObject(DENIED_CHANGE);
    await admin.succeed("replace --filename=-", large({ frozen: "a", free: "new" }));
    expect(await dataOf("large")).toEqual({ text: "x".repeat(1_000_000), frozen: "a", free: "new" });
  });
});
