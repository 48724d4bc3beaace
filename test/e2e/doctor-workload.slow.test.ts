// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** What `portcullis doctor` says of Pods, beside a real API server, its controllers and its scheduler; kwok plays the kubelet. */
import { beforeAll, expect, test } from "@jest/globals";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { run } from "../../src/build/opa/run.ts";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { PROGRAM } from "../cluster/replica.ts";
import { buildFolder } from "../policy-folder.ts";
import { person } from "./cluster.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("what keeps Pods from running", {
  nodes: true,
});
const admin = person(controlPlane, "admin");

const NAMESPACE = "--namespace=portcullis-system";
const DEPLOYMENT = `deployment portcullis ${NAMESPACE}`;
const APPLY = "apply --server-side --force-conflicts";

const Report = z.object({
  checks: z.array(
    z.object({
      name: z.string(),
      findings: z.array(z.object({ id: z.string(), message: z.string(), follows: z.string().optional() })),
    }),
  ),
});
type Found = z.infer<typeof Report>["checks"][number]["findings"];

let policies: string;

/** Of the check `workload`; no webhooks are installed here. */
async function foundNow(): Promise<Found> {
  const args = [
    "doctor",
    "--output=json",
    `--policies=${policies}`,
    `--kubeconfig=${controlPlane().kubeconfig()}`,
  ];
  const { stdout, stderr } = await run(process.execPath, [...PROGRAM, ...args], { environment: process.env });
  if (stdout === "") throw new Error(stderr);
  const { checks } = Report.parse(JSON.parse(stdout));
  return checks.find(({ name }) => name === "workload")?.findings ?? [];
}

/** Looks until these ids, each with what it follows from, are found and no others. */
async function expectFound(wanted: readonly string[]): Promise<Found> {
  let found: Found = [];
  let ids: readonly string[] = [];
  for (let look = 0; look < 30; look += 1) {
    found = await foundNow();
    ids = found.map(({ id, follows }) => (follows === undefined ? id : `${id} < ${follows}`));
    if (JSON.stringify(ids) === JSON.stringify(wanted)) return found;
    await delay(1_000);
  }
  expect(ids).toEqual(wanted);
  return found;
}

async function patch(what: string, type: "json" | "merge" | "strategic", value: object): Promise<void> {
  const args = ["patch", ...what.split(" "), `--type=${type}`, `--patch=${JSON.stringify(value)}`];
  const { code, stderr } = await controlPlane().kubectl(args);
  if (code !== 0) throw new Error(stderr);
}

const applyBase = (): Promise<string> =>
  admin.succeed(`${APPLY} --kustomize=${path.resolve("manifests/base")}`);
const replacePods = (): Promise<string> =>
  admin.succeed(`delete pods --all ${NAMESPACE} --wait=false --grace-period=1`);

async function onePod(): Promise<string> {
  const names = await admin.succeed(`get pods ${NAMESPACE} --output=jsonpath={.items[*].metadata.name}`);
  return names.split(" ")[0] ?? "";
}

const Rollout = z.object({
  metadata: z.object({ generation: z.number() }),
  spec: z.object({ replicas: z.number() }),
  status: z.object({ observedGeneration: z.number(), updatedReplicas: z.number().default(0) }),
});

/** Until the controller replaces Pods: what it has not taken up yet looks like no rollout at all. */
async function replacing(): Promise<void> {
  for (let look = 0; look < 100; look += 1) {
    const text = await admin.succeed(`get ${DEPLOYMENT} --output=json`);
    const { metadata, spec, status } = Rollout.parse(JSON.parse(text));
    if (status.observedGeneration === metadata.generation && status.updatedReplicas < spec.replicas) return;
    await delay(50);
  }
  throw new Error("The rollout has come to its end unseen, or never began.");
}

/** Each Pod of a rollout, until it counts as available. */
const takeAtLeast = (minReadySeconds: number): Promise<void> =>
  patch(DEPLOYMENT, "merge", { spec: { minReadySeconds } });

/** As a kubelet writes it. */
async function patchStatus(container: object): Promise<void> {
  const status = {
    conditions: [{ type: "Ready", status: "False", reason: "ContainersNotReady" }],
    containerStatuses: [
      { name: "portcullis", image: "portcullis", imageID: "", ready: false, restartCount: 4, ...container },
    ],
  };
  await patch(`pod ${await onePod()} ${NAMESPACE} --subresource=status`, "strategic", { status });
}

interface Broken {
  readonly name: string;
  readonly breaks: () => Promise<unknown>;
  readonly found: readonly string[];
  readonly says: RegExp;
  readonly mends?: () => Promise<unknown>;
}

const BROKEN: readonly Broken[] = [
  {
    name: "a Deployment that was scaled to zero",
    breaks: () => admin.succeed(`scale ${DEPLOYMENT} --replicas=0`),
    found: ["no-ready-pod"],
    says: /the Deployment wants none/,
  },
  {
    name: "a quota that is used up",
    breaks: async () => {
      await patch(`resourcequota portcullis-critical-pods ${NAMESPACE}`, "merge", {
        spec: { hard: { pods: "0" } },
      });
      await replacePods();
    },
    found: ["pods-refused", "no-ready-pod < pods-refused"],
    says: /exceeded quota: portcullis-critical-pods/,
  },
  {
    name: "a LimitRange that is too small",
    breaks: async () => {
      await admin.succeed(`${APPLY} --filename=-`, {
        apiVersion: "v1",
        kind: "LimitRange",
        metadata: { name: "small", namespace: "portcullis-system" },
        spec: { limits: [{ type: "Container", max: { memory: "1Gi" } }] },
      });
      await replacePods();
    },
    found: ["pods-refused", "no-ready-pod < pods-refused"],
    says: /maximum memory usage per Container is 1Gi/,
    mends: () => admin.succeed(`delete limitrange small ${NAMESPACE}`),
  },
  {
    name: "an account that is gone",
    breaks: async () => {
      await admin.succeed(`delete serviceaccount portcullis ${NAMESPACE}`);
      await replacePods();
    },
    found: [
      "service-account-missing",
      "pods-refused < service-account-missing",
      "no-ready-pod < pods-refused",
    ],
    says: /serviceaccount "portcullis" not found/,
  },
  {
    name: "Pods that Pod Security does not take, while the old ones go on",
    breaks: () => patch(DEPLOYMENT, "strategic", { spec: { template: { spec: { hostPID: true } } } }),
    found: ["pods-refused"],
    says: /violates PodSecurity "restricted:latest"/,
    mends: () => patch(DEPLOYMENT, "merge", { spec: { template: { spec: { hostPID: null } } } }),
  },
  {
    name: "no node with room",
    breaks: async () => {
      const resources = { requests: { cpu: "500" } };
      const containers = [{ name: "portcullis", resources }];
      await patch(DEPLOYMENT, "strategic", { spec: { template: { spec: { containers } } } });
    },
    found: ["pod-unschedulable"],
    says: /0\/1 nodes are available: 1 Insufficient cpu/,
  },
  {
    name: "a Service that selects others",
    breaks: () => patch(`service portcullis ${NAMESPACE}`, "merge", { spec: { selector: { app: "x" } } }),
    found: ["service-selects-others", "no-ready-pod < service-selects-others"],
    says: /do not have these labels/,
    mends: () => patch(`service portcullis ${NAMESPACE}`, "merge", { spec: { selector: { app: null } } }),
  },
  {
    name: "a Service whose port leads nowhere",
    breaks: () =>
      patch(`service portcullis ${NAMESPACE}`, "json", [
        { op: "replace", path: "/spec/ports/0/targetPort", value: "https" },
      ]),
    found: ["service-port-missing"],
    says: /a port https of the Pods, which no container/,
  },
  {
    name: "one replica of two whose server ends again and again",
    breaks: () =>
      patchStatus({
        state: {
          waiting: { reason: "CrashLoopBackOff", message: "back-off 5m0s restarting failed container" },
        },
        lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
      }),
    found: ["pod-crashes", "replicas-missing < pod-crashes"],
    says: /CrashLoopBackOff, it ended with exit code 137 \(OOMKilled\)/,
    mends: replacePods,
  },
  {
    name: "one replica of two whose image is not there",
    breaks: () => patchStatus({ state: { waiting: { reason: "ErrImagePull", message: "not found" } } }),
    found: ["image-not-pulled", "replicas-missing < image-not-pulled"],
    says: /ErrImagePull: not found/,
    mends: replacePods,
  },
];

endToEnd("portcullis doctor, of Pods", () => {
  beforeAll(async () => {
    policies = (await buildFolder("policies")).file;
    await applyBase();
    await admin.succeed(`rollout status ${DEPLOYMENT} --timeout=120s`);
  }, 300_000);

  test("finds nothing wrong with Pods that run, and with a rollout", async () => {
    await expectFound([]);
    // Pods without a kubelet are ready at once, and nobody would see a rollout.
    await takeAtLeast(5);
    await admin.succeed(`rollout restart ${DEPLOYMENT}`);
    await replacing();
    expect(await foundNow()).toEqual([]);
    await admin.succeed(`rollout status ${DEPLOYMENT} --timeout=120s`);
    await takeAtLeast(0);
  });

  test.each(BROKEN)(
    "finds $name",
    async ({ breaks, found, says, mends }) => {
      await breaks();
      try {
        expect(JSON.stringify((await expectFound(found)).map(({ message }) => message))).toMatch(
          new RegExp(says.source.replaceAll('"', String.raw`\\"`)),
        );
      } finally {
        await mends?.();
        await applyBase();
      }
      await expectFound([]);
    },
    120_000,
  );
});
