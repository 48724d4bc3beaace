// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** What a cluster can and cannot do while no server of Portcullis answers, and how it comes back. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import type { ServiceReplica } from "../cluster/replicas.ts";
import { eventually, eventuallyExpected, tell } from "../life/life.ts";
import { BUILT_IN, type BuiltInObject } from "./built-in-objects.ts";
import {
  bundleForTests,
  DEVELOPER,
  EXCLUSIONS,
  EXEMPTOR,
  fileOf,
  PERMISSIONS,
  person,
  policyBinding,
  USERS,
} from "./cluster.ts";
import { deployment, namespace, pod, podSpec } from "./objects.ts";
import {
  APPLY,
  DENIED,
  installAll,
  isAdmitted,
  REJECTED,
  saidOfBadPod,
  shippedPacks,
  type Installed,
} from "./uninstallation.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("an outage", { users: USERS });
const admin = person(controlPlane, "admin");
const developer = person(controlPlane, DEVELOPER);
const exemptor = person(controlPlane, EXEMPTOR);

const IN_OURS = "--namespace=portcullis-system";
const DRY_RUN = "--dry-run=server --output=name --filename=-";

/** Written while nobody is there. */
const LATER = "later";
const LABELS_DENY = policyBinding("labels-deny", {
  policies: ["labels/required"],
  match: { namespaces: [LATER] },
  enforcement: "deny",
});

/** The namespace of Portcullis is left out whether somebody names it or not. */
const WITHOUT_OURS = {
  ...EXCLUSIONS,
  spec: {
    ...EXCLUSIONS.spec,
    namespaces: EXCLUSIONS.spec.namespaces.filter((name) => name !== "portcullis-system"),
  },
};

/** What no kubectl of this version can create as an object by itself. */
const NOT_CREATED = ["bindings", "certificatesigningrequests.certificates.k8s.io"];

function documents(objects: readonly BuiltInObject[]): string {
  return objects.map(({ object }) => JSON.stringify(object)).join("\n---\n");
}

/** Sends every object by one kubectl, which goes on after an error. */
async function sent(command: string, objects: readonly BuiltInObject[]) {
  const { stdout, stderr } = await admin.kubectl(`${command} ${DRY_RUN}`, documents(objects));
  const errors = stderr.split("\n").filter((line) => line.startsWith("Error"));
  return {
    through: stdout.split("\n").filter((line) => line !== "").length,
    rejected: errors.filter((line) => line.includes(REJECTED)).length,
    others: errors.filter((line) => !line.includes(REJECTED)),
  };
}

const WEB = "--namespace=shop --selector=app.kubernetes.io/name=web";

/** `Pod Pod` for two Pods. */
function podsIn(where: string): Promise<string> {
  return admin.stored(`pods ${where}`, "{.items[*].kind}");
}

/** Where Portcullis is asked, and where it never is. */
const ASKED = "shop";
const EXCLUDED = "kube-system";

/** What controllers have to change when somebody wants it otherwise. */
function controlled(where: string): readonly object[] {
  const template = { spec: { ...podSpec({}), restartPolicy: "Never" } };
  return [
    deployment("scaled", { namespace: where, replicas: 1 }),
    deployment("empty", { namespace: where, replicas: 0 }),
    // Its Pod has the finalizer of the controller of Jobs.
    {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "counted", namespace: where },
      spec: { template },
    },
  ];
}

const SHRUNK = `--namespace=${ASKED} --selector=app.kubernetes.io/name=shrunk`;

/** All of its Pods at once: none of them is ever ready here. */
function statefulSet(name: string): object {
  const labels = { "app.kubernetes.io/name": name };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name, namespace: ASKED },
    spec: {
      replicas: 2,
      serviceName: name,
      podManagementPolicy: "Parallel",
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec({}) },
    },
  };
}

async function wantItOtherwise(where: string): Promise<void> {
  for (const line of [
    "scale deployment/scaled --replicas=2",
    "delete deployment/empty --cascade=foreground --wait=false",
    "delete pods --selector=job-name=counted --wait=false",
  ])
    await admin.succeed(`${line} --namespace=${where}`);
}

/** Replicas that the ReplicaSet of `scaled` wants, whether `empty` is there, and whether a Pod of the Job is to go. */
async function doneByControllers(where: string): Promise<readonly [string, boolean, boolean]> {
  const scaled = `replicasets --namespace=${where} --selector=app.kubernetes.io/name=scaled`;
  const empty = `deployment/empty --namespace=${where} --ignore-not-found`;
  const ofJob = `pods --namespace=${where} --selector=job-name=counted`;
  return [
    await admin.stored(scaled, "{.items[*].spec.replicas}"),
    (await admin.stored(empty, "{.kind}")) !== "",
    (await admin.stored(ofJob, "{.items[*].metadata.deletionTimestamp}")) !== "",
  ];
}
const ALL_DONE = ["2", false, false];

/** What is said of a container that somebody adds to the stored Pod `thing` to look into it. */
async function saidOfDebugging(): Promise<string> {
  const container = { name: "debugger", image: "registry.example/debugger:1" };
  const value = JSON.stringify({ spec: { ephemeralContainers: [container] } });
  const line = `patch pod/thing --namespace=shop --subresource=ephemeralcontainers --type=strategic --patch=${value}`;
  return (await admin.kubectl(`${line} --dry-run=server`)).stderr;
}

/** How a Pod is connected to. No Node has it, so these go as far as they can: admission comes before the kubelet is called. */
const CONNECTIONS = [
  ["exec", "exec thing --namespace=shop -- true"],
  ["attach", "attach thing --namespace=shop"],
  ["port-forward", "get --raw /api/v1/namespaces/shop/pods/thing/portforward"],
] as const;
const NO_KUBELET = "pod thing does not have a host assigned";
/** What is said of each where `test/e2e/policies` decides, of which one denies all but `exec`. */
const SAID_OF_CONNECTIONS = [
  NO_KUBELET,
  `${DENIED}: e2e/connections: nobody may connect to thing with PodAttachOptions`,
  `${DENIED}: e2e/connections: nobody may connect to thing with PodPortForwardOptions`,
];

/** Milliseconds within which a covered object is decided again once a server is there: what is promised for an outage. */
const RESUMES_WITHIN = 5_000;

/** Until all of it is set up, on a machine that does other things. */
const PATIENCE_MS = 300_000;

/**
 * Passes if it took no longer once of three times: a machine that stands still for a moment takes some of what is
 * promised, and a server that is slower takes it each time.
 */
async function expectResumption(measure: () => Promise<number>): Promise<void> {
  const took: number[] = [];
  while (took.length < 3 && !took.some((each) => each < RESUMES_WITHIN)) took.push(await measure());
  expect(Math.min(...took)).toBeLessThan(RESUMES_WITHIN);
}

/** When a server says for the first time that it is ready, however long its Service takes to notice. */
async function firstReady(replica: ServiceReplica): Promise<number> {
  await eventually("it is ready", async () => {
    const { status } = await replica.get("/readyz").catch(() => ({ status: 0 }));
    return status === 200;
  });
  return Date.now();
}

endToEnd("an API server whose only server of Portcullis was killed", () => {
  const covered = BUILT_IN.filter(({ isCovered }) => isCovered);
  const others = BUILT_IN.filter(({ isCovered }) => !isCovered);
  const stored = BUILT_IN.filter(({ isStored }) => isStored);
  let installed: Installed;

  async function startWith(policies: string): Promise<ServiceReplica> {
    const replica = await installed.replicas.start({ args: [`--policies=${policies}`] });
    await replica.ready();
    return replica;
  }

  /** Gives how long it took to be asked after the next server was ready, in ms. */
  async function startAgain(): Promise<number> {
    await installed.replica.kill();
    await eventually("it is no endpoint", () => !installed.replica.isEndpoint());
    expect(await saidOfBadPod(admin)).toContain(REJECTED);
    const started = Date.now();
    const replica = await installed.replicas.start();
    installed = { ...installed, replica };
    const ready = firstReady(replica);
    await eventually("it denies", async () => (await saidOfBadPod(admin)).includes(DENIED));
    const enforced = Date.now();
    const isReady = await ready;
    tell(
      `enforced again ${enforced - started} ms after the start of the process, ${enforced - isReady} ms after it was ready`,
    );
    return enforced - isReady;
  }

  /** Gives how long it took to be asked after it went on, in ms. */
  async function hang(): Promise<number> {
    expect(await saidOfBadPod(admin)).toContain(DENIED);
    installed.replica.signal("SIGSTOP");
    const [said] = await Promise.all([
      saidOfBadPod(admin),
      admin.succeed("create configmap anything --namespace=shop --dry-run=server"),
      admin.succeed("scale deployment/web --namespace=shop --replicas=3 --dry-run=server"),
    ]);
    expect(said).toMatch(/^Error from server \(InternalError\): .*context deadline exceeded/);
    expect(said).toContain(REJECTED);
    await eventually("it is no endpoint", () => !installed.replica.isEndpoint());
    expect(await saidOfBadPod(admin)).toContain(REJECTED);
    installed.replica.signal("SIGCONT");
    const goesOn = Date.now();
    await eventually("it denies", async () => (await saidOfBadPod(admin)).includes(DENIED));
    return Date.now() - goesOn;
  }

  beforeAll(async () => {
    const bindings = [await fileOf("exclusions.yaml", WITHOUT_OURS)];
    installed = await installAll(controlPlane(), { ...(await shippedPacks()), bindings });
    await admin.succeed("create --filename=-", documents(stored));
    await admin.succeed(APPLY, PERMISSIONS);
    await admin.succeed(APPLY, deployment("web", { replicas: 2 }));
    for (const object of [ASKED, EXCLUDED].flatMap(controlled))
      await admin.succeed("create --filename=-", object);
    await admin.succeed(APPLY, statefulSet("shrunk"));
    await eventually("the StatefulSet has its Pods", async () => (await podsIn(SHRUNK)) === "Pod Pod");
    await eventually("the Deployment has its Pods", async () => (await podsIn(WEB)) === "Pod Pod");
    const ofJobs = "--all-namespaces --selector=job-name=counted";
    await eventually("the Jobs have theirs", async () => (await podsIn(ofJobs)) === "Pod Pod");
    await installed.replica.kill();
  }, PATIENCE_MS);

  test("is asked about an object of every kind that it has by itself", async () => {
    const resources = await admin.succeed("api-resources --verbs=create --output=name");
    const own = resources.split("\n").filter((name) => name !== "" && !name.endsWith(".portcullis.dev"));
    const known = [...BUILT_IN.map(({ resource }) => resource), ...NOT_CREATED];
    expect(known.toSorted()).toEqual(own.toSorted());
  });

  test("creates everything but what the packs cover", async () => {
    const renamed = BUILT_IN.map(anew);
    expect(await sent("create", renamed)).toEqual({
      through: others.length,
      rejected: covered.length,
      others: [],
    });
    for (const each of covered.map(anew))
      expect(await sent("create", [each])).toMatchObject({ rejected: 1, through: 0 });
  });

  test("changes everything but what the packs cover", async () => {
    const changed = stored.filter(({ isCovered }) => !isCovered);
    expect(await sent("label seen=yes", stored)).toEqual({
      through: changed.length,
      rejected: covered.length,
      others: [],
    });
  });

  test("lets nobody free a namespace who may not, and nobody debug a Pod", async () => {
    const free = "label namespace/shop policy.portcullis.dev/exempt= --dry-run=server";
    expect(await developer.kubectl(free)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('failed calling webhook "exemption-guard.portcullis.dev"'),
    });
    expect(await exemptor.kubectl(free)).toMatchObject({ code: 0 });
    expect(await saidOfDebugging()).toContain(REJECTED);
  });

  test.each(CONNECTIONS)("lets %s through to the kubelet", async (_how, line) => {
    expect(await admin.kubectl(line)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(NO_KUBELET),
    });
  });

  test("takes PolicyBindings and Namespaces", async () => {
    await admin.succeed(APPLY, LABELS_DENY);
    await admin.succeed("label policybinding/labels-deny seen=yes");
    await admin.succeed(APPLY, namespace(LATER, {}));
    expect(await admin.stored(`namespace/${LATER}`, "{.status.phase}")).toBe("Active");
  });

  test("deletes everything", async () => {
    expect(await sent("delete", stored)).toEqual({ through: stored.length, rejected: 0, others: [] });
  });

  test.each([
    ["scale", "scale deployment/web --namespace=shop --replicas=3 --dry-run=server", ""],
    [
      "status",
      'patch pod/thing --namespace=shop --subresource=status --type=merge --patch={"status":{"message":"x"}} --dry-run=server',
      "",
    ],
    [
      "eviction",
      "create --raw /api/v1/namespaces/shop/pods/thing/eviction?dryRun=All --filename=-",
      { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "thing", namespace: "shop" } },
    ],
    [
      "binding",
      "create --raw /api/v1/namespaces/shop/pods/thing/binding?dryRun=All --filename=-",
      {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { name: "thing", namespace: "shop" },
        target: { apiVersion: "v1", kind: "Node", name: "thing" },
      },
    ],
  ])("goes on with the %s of a covered object", async (_subresource, line, input) => {
    expect(await admin.kubectl(line, input)).toMatchObject({ code: 0 });
  });

  test("takes what a controller has to carry out, which waits where somebody would be asked", async () => {
    for (const where of [ASKED, EXCLUDED]) await wantItOtherwise(where);
    await eventuallyExpected(async () => expect(await doneByControllers(EXCLUDED)).toEqual(ALL_DONE));
    expect(await doneByControllers(ASKED)).toEqual(["1", true, true]);
  });

  test("lets a StatefulSet shrink, for which no object is changed", async () => {
    await admin.succeed(`scale statefulset/shrunk --namespace=${ASKED} --replicas=1`);
    await eventually("there is one Pod less", async () => (await podsIn(SHRUNK)) === "Pod");
    expect(await admin.stored(`pods ${SHRUNK}`, "{.items[*].metadata.name}")).toBe("shrunk-0");
  });

  test("replaces no Pod that is lost, and says why", async () => {
    await admin.succeed(`delete pods ${WEB}`);
    const messages = "{.items[*].status.conditions[*].message}";
    await eventually("it says why", async () =>
      (await admin.stored(`replicasets ${WEB}`, messages)).includes(REJECTED),
    );
    expect(await podsIn(WEB)).toBe("");
  });

  test("lets the control plane's own namespace work: controllers make Pods there", async () => {
    await admin.succeed(APPLY, deployment("system", { namespace: "kube-system", replicas: 2 }));
    const system = "--namespace=kube-system --selector=app.kubernetes.io/name=system";
    await eventually("it has a Pod", async () => (await podsIn(system)) !== "");
    expect(await podsIn(system)).toMatch(/^Pod/);
    await admin.succeed("delete deployment/system --namespace=kube-system");
  });

  test("lets Portcullis start again: its Pods, Secrets, Leases and bindings are not asked about", async () => {
    const container = {
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"] },
        seccompProfile: { type: "RuntimeDefault" },
      },
    };
    await admin.succeed("create --filename=-", pod("by-hand", { namespace: "portcullis-system", container }));
    await admin.succeed(`create secret generic portcullis-tls ${IN_OURS} --from-literal=tls.crt=none`);
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "portcullis" } };
    await admin.succeed(`create ${IN_OURS} --filename=-`, lease);
    await admin.succeed(`label configmap/portcullis-bindings ${IN_OURS} seen=yes`);
    const pods = `pods ${IN_OURS} --selector=app.kubernetes.io/name=portcullis`;
    const names = (): Promise<string> => admin.stored(pods, "{.items[*].metadata.name}");
    await eventually("the Deployment has its Pods", async () => (await names()).split(" ").length === 2);
    const before = (await names()).split(" ");
    await admin.succeed(`delete ${pods} --force --grace-period=0`);
    const replaced = async (): Promise<readonly string[]> =>
      (await names()).split(" ").filter((name) => name !== "" && !before.includes(name));
    await eventually("they are replaced", async () => (await replaced()).length > 1);
    expect(await replaced()).toHaveLength(2);
  });

  endToEnd("and that is there again", () => {
    afterAll(() => installed.replica.kill());

    test(
      "is asked again within five seconds",
      async () => {
        await expectResumption(startAgain);
        expect(await isAdmitted(admin)).toBe(true);
        await installed.replica.ready();
      },
      PATIENCE_MS,
    );

    test(
      "carries out what waited",
      async () => {
        // Who has tried in vain for half a minute tries again within another; on a busy machine both are longer.
        await eventuallyExpected(
          async () => expect(await doneByControllers(ASKED)).toEqual(ALL_DONE),
          180_000,
        );
      },
      PATIENCE_MS,
    );

    test("has the Pods that were lost", async () => {
      await admin.succeed("rollout restart deployment/web --namespace=shop");
      await eventually("there is one", async () => (await podsIn(WEB)) !== "");
      expect(await podsIn(WEB)).toMatch(/^Pod/);
    });

    test("decides by what was written meanwhile", async () => {
      const unlabelled = pod("unlabelled", { namespace: LATER, labels: { team: "" } });
      const { stderr } = await admin.kubectl(`create ${DRY_RUN}`, unlabelled);
      expect(stderr).toContain(`${DENIED}: labels/required: label team is missing or empty`);
    });

    test(
      "and hangs: what is covered is rejected after five seconds, all else goes on, and it decides when it goes on",
      () => expectResumption(hang),
      PATIENCE_MS,
    );
  });

  endToEnd("and whose policies have a say in who connects to a Pod", () => {
    let policies: string;
    let running: ServiceReplica;

    beforeAll(async () => {
      policies = await bundleForTests();
      running = await startWith(policies);
      expect(await installed.replicas.applyWebhooks([`--policies=${policies}`])).toMatchObject({ code: 0 });
      await running.kill();
    }, PATIENCE_MS);

    afterAll(() => running.kill());

    test.each(CONNECTIONS)("lets no %s through", async (_how, line) => {
      expect(await admin.kubectl(line)).toMatchObject({ code: 1, stderr: expect.stringContaining(REJECTED) });
    });

    test("and that is there again decides about each", async () => {
      running = await startWith(policies);
      for (const [index, [, line]] of CONNECTIONS.entries())
        expect((await admin.kubectl(line)).stderr).toContain(SAID_OF_CONNECTIONS[index]);
    });
  });
});

/** Under a name that is not taken. */
function anew(each: BuiltInObject): BuiltInObject {
  const { metadata } = each.object;
  if (metadata["name"] !== "thing") return each;
  return { ...each, object: { ...each.object, metadata: { ...metadata, name: "another" } } };
}
