// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** What becomes of objects that people and controllers write while a real API server asks Portcullis. */
import { beforeAll, expect, test } from "@jest/globals";
import { eventually } from "../life/life.ts";
import { clusterForTests } from "./any-cluster.ts";
import {
  bundleForTests,
  deniedBy,
  DEVELOPER,
  EXCLUSIONS,
  EXEMPTOR,
  fileOf,
  NOT_FOUND,
  PERMISSIONS,
  person,
  policyBinding,
  USERS,
} from "./cluster.ts";
import { deployment, namespace, pod, SHOP_NAMESPACE } from "./objects.ts";

const { describe: endToEnd, cluster, install } = await clusterForTests("enforcement", { users: USERS });
const admin = person(cluster, "admin");
const developer = person(cluster, DEVELOPER);
const exemptor = person(cluster, EXEMPTOR);

const APPLY = "apply --filename=-";
const IN_SHOP = "--namespace=shop";
const PRIVILEGED = { securityContext: { privileged: true, capabilities: { add: ["NET_ADMIN"] } } };

async function labelsOf(name: string): Promise<unknown> {
  return JSON.parse(await admin.stored(`namespace/${name}`, "{.metadata.labels}"));
}

endToEnd("an API server that asks Portcullis", () => {
  beforeAll(async () => {
    const installation = {
      policies: await bundleForTests(),
      bindings: [await fileOf("exclusions.yaml", EXCLUSIONS)],
    };
    await install(installation);
    for (const object of [PERMISSIONS, SHOP_NAMESPACE]) await admin.succeed(APPLY, object);
    await eventually(
      "the API server has heard of the permissions",
      async () => (await developer.kubectl(`auth can-i create pods ${IN_SHOP}`)).code === 0,
    );
  });

  endToEnd("about a Deployment", () => {
    test("keeps it out, and kubectl shows every violation", async () => {
      const { code, stdout, stderr } = await developer.kubectl(
        APPLY,
        deployment("bad", { container: PRIVILEGED }),
      );
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toContain(
        [
          'Error from server (Forbidden): error when creating "STDIN": admission webhook "validate-fail.portcullis.dev" denied the request: pod-security/privileged: container "web" sets securityContext.privileged to true; it must be unset or false',
          'pod-security/capabilities: container "web" adds the capability NET_ADMIN, which is not in the default set',
          "",
        ].join("\n"),
      );
      expect(await developer.kubectl(`get deployment/bad ${IN_SHOP}`)).toMatchObject(NOT_FOUND);
    });

    test("lets it in, and what is left out of it is filled in before it is stored", async () => {
      expect(await developer.kubectl(APPLY, deployment("good"))).toEqual({
        code: 0,
        stdout: "deployment.apps/good created\n",
        stderr: "",
      });
      const seccomp = "{.spec.template.spec.securityContext.seccompProfile.type}";
      expect(await developer.stored(`deployment/good ${IN_SHOP}`, seccomp)).toBe("RuntimeDefault");
    });

    test("changes the Pod that a controller makes of it, which its template alone would not", async () => {
      const pods = `pods ${IN_SHOP} --selector=app.kubernetes.io/name=good`;
      await eventually(
        "there is a Pod",
        async () => (await developer.stored(pods, "{.items[*].kind}")) !== "",
      );
      const labels = "{.items[*].metadata.labels.team},{.items[*].metadata.labels.cost-center}";
      expect(await developer.stored(pods, labels)).toBe("web,4711");
      const template = "{.spec.template.metadata.labels}";
      expect(JSON.parse(await developer.stored(`deployment/good ${IN_SHOP}`, template))).toEqual({
        "app.kubernetes.io/name": "good",
      });
    });

    test("denies the Pod to the controller's own account where only Pods are matched", async () => {
      const refused = deployment("refused", { podLabels: { refused: "yes" } });
      expect(await developer.kubectl(APPLY, refused)).toEqual({
        code: 0,
        stdout: "deployment.apps/refused created\n",
        stderr: "",
      });
      const selector = `${IN_SHOP} --selector=app.kubernetes.io/name=refused`;
      const condition = (member: string): Promise<string> =>
        developer.stored(`replicasets ${selector}`, `{.items[*].status.conditions[*].${member}}`);
      await eventually("it failed", async () => (await condition("type")) === "ReplicaFailure");
      expect(await condition("reason")).toBe("FailedCreate");
      expect(await condition("message")).toBe(
        'admission webhook "validate-fail.portcullis.dev" denied the request: e2e/pods: system:serviceaccount:kube-system:replicaset-controller may not create it',
      );
      expect(await developer.stored(`pods ${selector}`, "{.items[*].kind}")).toBe("");
    });
  });

  endToEnd("about an object that is warned of", () => {
    const warned = pod("warned", { labels: { team: "" }, container: { resources: {} } });
    const warnings = [
      'Warning: resources/requests-and-limits: container "web" has no memory limit',
      "Warning: labels/required: label team is missing or empty",
      "",
    ].join("\n");

    test("shows the warnings in a dry run and leaves nothing", async () => {
      expect(await developer.kubectl(`${APPLY} --dry-run=server`, warned)).toEqual({
        code: 0,
        stdout: "pod/warned created (server dry run)\n",
        stderr: warnings,
      });
      expect(await developer.kubectl(`get pod/warned ${IN_SHOP}`)).toMatchObject(NOT_FOUND);
    });

    test("shows the same warnings when it is written, and stores it", async () => {
      expect(await developer.kubectl(APPLY, warned)).toEqual({
        code: 0,
        stdout: "pod/warned created\n",
        stderr: warnings,
      });
      // Also filled in, so there was no warning about requests.
      const requests = "{.spec.containers[0].resources.requests}";
      expect(JSON.parse(await developer.stored(`pod/warned ${IN_SHOP}`, requests))).toEqual({
        cpu: "100m",
        memory: "128Mi",
      });
    });

    test("denies in a dry run with the words of a denial", async () => {
      const bad = deployment("bad", { container: PRIVILEGED });
      const dry = await developer.kubectl(`${APPLY} --dry-run=server`, bad);
      expect(dry).toEqual(await developer.kubectl(APPLY, bad));
      expect(dry.code).toBe(1);
    });
  });

  test.each([
    ["kubectl attach", `attach entered ${IN_SHOP}`, "PodAttachOptions"],
    ["a port", "get --raw /api/v1/namespaces/shop/pods/entered/portforward", "PodPortForwardOptions"],
  ])("denies a connection to a Pod, with %s", async (_how, line, kind) => {
    await developer.succeed(APPLY, pod("entered"));
    const denied = `admission webhook "validate-fail.portcullis.dev" denied the request: e2e/connections: nobody may connect to entered with ${kind}`;
    expect(await developer.kubectl(line)).toMatchObject({ code: 1, stderr: expect.stringContaining(denied) });
  });

  test("knows a namespace that comes with its first objects, in one kubectl apply", async () => {
    for (let round = 0; round < 5; round += 1) {
      const name = `fresh-${round}`;
      const labels = { team: "new", "cost-center": "12" };
      const first = { ...deployment("first"), metadata: { name: "first", namespace: name } };
      const both = [namespace(name, labels), first];
      await admin.succeed(APPLY, both.map((object) => JSON.stringify(object)).join("\n---\n"));
      const stored = await admin.stored(`deployment/first --namespace=${name}`, "{.metadata.labels}");
      expect(JSON.parse(stored)).toMatchObject(labels);
    }
  });

  test("decides by a PolicyBinding as soon as it is in the cluster, and no longer than it is", async () => {
    const unowned = pod("unowned", { labels: { team: "" } });
    const required = { policies: ["labels/required"], enforcement: "deny", match: { namespaces: ["shop"] } };
    const isDenied = async (): Promise<boolean> =>
      (await developer.kubectl(`${APPLY} --dry-run=server`, unowned)).code !== 0;
    expect(await isDenied()).toBe(false);
    await admin.succeed(APPLY, policyBinding("labels", required));
    await eventually("it decides", isDenied);
    expect(await developer.kubectl(APPLY, unowned)).toMatchObject(
      deniedBy("validate-fail", "labels/required: label team is missing or empty"),
    );
    expect(await developer.kubectl(`get pod/unowned ${IN_SHOP}`)).toMatchObject(NOT_FOUND);
    await admin.succeed("delete policybinding/labels");
    await eventually("it decides no longer", async () => !(await isDenied()));
    await developer.succeed(APPLY, unowned);
    expect(await developer.stored(`pod/unowned ${IN_SHOP}`, "{.metadata.labels.team}")).toBe("");
  });

  endToEnd("about the label that exempts a namespace", () => {
    const label = "policy.portcullis.dev/exempt";
    const only = (what: string): string =>
      `portcullis/exemption-guard: the label ${label} takes a namespace out of all policies; only members of exemptors may ${what} it`;
    beforeAll(async () => {
      await admin.succeed(APPLY, namespace("plain", {}));
      await exemptor.succeed(APPLY, namespace("exempt", { [label]: "" }));
      await admin.succeed("wait --for=create serviceaccount/default --namespace=exempt");
    });

    test("keeps a namespace that carries it from a user who is not in the group", async () => {
      const result = await developer.kubectl(APPLY, namespace("smuggled", { [label]: "" }));
      expect(result).toMatchObject(deniedBy("exemption-guard", only("set")));
      expect(await admin.kubectl("get namespace/smuggled")).toMatchObject(NOT_FOUND);
    });

    test.each(["", " --subresource=status"])(
      "keeps that user from setting it: kubectl patch%s",
      async (flag) => {
        const labels = JSON.stringify({ metadata: { labels: { [label]: "" } } });
        const result = await developer.kubectl(`patch namespace/plain${flag} --type=merge --patch=${labels}`);
        expect(result).toMatchObject(deniedBy("exemption-guard", only("set")));
        expect(await labelsOf("plain")).not.toHaveProperty([label]);
      },
    );

    test("keeps that user from removing it", async () => {
      const result = await developer.kubectl(`label namespace/exempt ${label}-`);
      expect(result).toMatchObject(deniedBy("exemption-guard", only("remove")));
      expect(await labelsOf("exempt")).toHaveProperty([label], "");
    });

    test("lets a member of the group set it and take it away", async () => {
      await exemptor.succeed(`label namespace/plain ${label}=`);
      expect(await labelsOf("plain")).toHaveProperty([label], "");
      await exemptor.succeed(`label namespace/plain ${label}-`);
      expect(await labelsOf("plain")).not.toHaveProperty([label]);
    });

    test("lets everything into the exempt namespace", async () => {
      const bad = pod("bad", { container: PRIVILEGED });
      const elsewhere = { ...bad, metadata: { name: "bad", namespace: "exempt" } };
      expect(await developer.kubectl(APPLY, elsewhere)).toEqual({
        code: 0,
        stdout: "pod/bad created\n",
        stderr: "",
      });
      const privileged = "{.spec.containers[0].securityContext.privileged}";
      expect(await developer.stored("pod/bad --namespace=exempt", privileged)).toBe("true");
    });
  });
});
