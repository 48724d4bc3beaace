import { expect, test } from "@jest/globals";
import {
  daysFromNow,
  deployment,
  found,
  HEALTHY,
  NOW,
  pod,
  seen,
  UNSEEN,
} from "../../../test/doctor/healthy.ts";
import { diagnose } from "../diagnose.ts";
import { Event } from "../observe/objects.ts";

const GOOD = pod("portcullis-2");
const container = (fields: object) => ({
  conditions: [],
  containerStatuses: [{ name: "portcullis", ...fields }],
});
const fewer = { deployment: seen(deployment({ ready: 1 })) };

/** What is found beside `replicas-missing` where one of two replicas has this status. */
function withStatus(status: object, metadata: object = {}): readonly string[] {
  const [first, ...others] = found({
    ...fewer,
    pods: seen([GOOD, pod("portcullis-1", { status, metadata })]),
  });
  expect(others).toEqual(["replicas-missing: Of 2 replicas of the Deployment portcullis 1 are ready."]);
  return first === undefined ? [] : [first];
}

test.each<readonly [string, object, string]>([
  [
    "an image that is not there",
    container({ state: { waiting: { reason: "ImagePullBackOff", message: "no such image" } } }),
    "image-not-pulled: The Pod portcullis-1 cannot pull an image: ImagePullBackOff: no such image.",
  ],
  [
    "a server that ends, with its last words",
    container({
      state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 5m0s restarting" } },
      lastState: { terminated: { exitCode: 2, reason: "Error", message: "a\nerror: no bundle\n" } },
    }),
    "pod-crashes: The Pod portcullis-1 cannot stay up: CrashLoopBackOff, it ended with exit code 2 (Error): error: no bundle.",
  ],
  [
    "one that has just ended for its memory",
    container({ state: { terminated: { exitCode: 137, reason: "OOMKilled" } } }),
    "pod-crashes: The Pod portcullis-1 cannot stay up: it ended with exit code 137 (OOMKilled).",
  ],
  [
    "a volume that is not there",
    container({
      state: { waiting: { reason: "CreateContainerConfigError", message: 'secret "x" not found' } },
    }),
    'pod-not-ready: The Pod portcullis-1 cannot get ready: CreateContainerConfigError: secret "x" not found.',
  ],
  [
    "no node that takes it",
    {
      conditions: [
        {
          type: "PodScheduled",
          status: "False",
          reason: "Unschedulable",
          message: "0/1 nodes are available",
        },
      ],
    },
    "pod-unschedulable: The Pod portcullis-1 cannot be scheduled: Unschedulable: 0/1 nodes are available.",
  ],
])("%s is told in the words of the cluster", (_, status, message) => {
  expect(withStatus(status)).toEqual([message]);
});

const CREATING = container({ state: { waiting: { reason: "ContainerCreating" } } });

const event = (reason: string, lastTimestamp: Date) =>
  Event.parse({
    involvedObject: { kind: "Pod", name: "portcullis-1" },
    reason,
    message: "no",
    lastTimestamp,
  });

test("a Pod without such words is told by its last Event", () => {
  const events = seen([event("FailedMount", NOW), event("FailedScheduling", daysFromNow(-1))]);
  const pods = seen([GOOD, pod("portcullis-1", { status: CREATING })]);
  expect(found({ ...fewer, pods, events })[0]).toBe(
    "pod-not-ready: The Pod portcullis-1 cannot get ready: FailedMount: no.",
  );
});

test("that no node was found at first counts no more once the Pod has one", () => {
  const scheduled = { ...CREATING, conditions: [{ type: "PodScheduled", status: "True" }] };
  const fresh = { creationTimestamp: daysFromNow(-20 / 86_400) };
  const pods = seen([GOOD, pod("portcullis-1", { status: scheduled, metadata: fresh })]);
  const tooFull = event("FailedScheduling", NOW);
  expect(found({ pods, events: seen([tooFull]) })).toEqual([]);
  expect(found({ pods, events: seen([event("FailedMount", daysFromNow(-0.01)), tooFull]) })).toEqual([
    "pod-not-ready: The Pod portcullis-1 cannot get ready: FailedMount: no.",
  ]);
});

test("Events that may not be read are told where a Pod needs them", () => {
  const pods = seen([GOOD, pod("portcullis-1", { status: CREATING })]);
  expect(found({ ...fewer, pods, events: UNSEEN })[0]).toBe(
    "not-checked: The Events of the Pods could not be looked at: you may not.",
  );
  expect(found({ events: UNSEEN })).toEqual([]);
});

test("while a Pod starts, a probe may fail, but not what it needs to start", () => {
  const fresh = { creationTimestamp: daysFromNow(-30 / 86_400) };
  const pods = seen([GOOD, pod("portcullis-1", { status: CREATING, metadata: fresh })]);
  expect(found({ pods, events: seen([event("Unhealthy", NOW)]) })).toEqual([]);
  expect(found({ pods, events: seen([event("FailedMount", NOW)]) })).toEqual([
    "pod-not-ready: The Pod portcullis-1 cannot get ready: FailedMount: no.",
  ]);
});

test("one that has just been made is no fault, and no replica that is missing", () => {
  const fresh = { creationTimestamp: daysFromNow(-30 / 86_400) };
  expect(
    found({ ...fewer, pods: seen([GOOD, pod("portcullis-1", { status: CREATING, metadata: fresh })]) }),
  ).toEqual([]);
  expect(withStatus(CREATING, { creationTimestamp: daysFromNow(-90 / 86_400) })).toEqual([
    "pod-not-ready: The Pod portcullis-1 cannot get ready: ContainerCreating.",
  ]);
});

/** The command for a Pod with these containers, and what is told of it. */
function crashing(status: object) {
  const pods = seen([GOOD, pod("portcullis-1", { status: { conditions: [], ...status } })]);
  const [first] = diagnose({ ...HEALTHY, ...fewer, pods });
  return [first?.message, first?.command];
}

test("of several containers the one that ended is named, and its last words are asked for where they are", () => {
  const terminated = { exitCode: 1, reason: "Error" };
  const waiting = { reason: "CrashLoopBackOff" };
  const proxy = { name: "istio-proxy", restartCount: 2, state: { waiting }, lastState: { terminated } };
  expect(crashing({ containerStatuses: [{ name: "portcullis" }, proxy] })).toEqual([
    "The Pod portcullis-1/istio-proxy cannot stay up: CrashLoopBackOff, it ended with exit code 1 (Error).",
    "kubectl logs portcullis-1 --container=istio-proxy --namespace=portcullis-system --previous",
  ]);
  const init = { name: "set-up", state: { terminated } };
  expect(crashing({ initContainerStatuses: [init], containerStatuses: [{ name: "portcullis" }] })).toEqual([
    "The Pod portcullis-1/set-up cannot stay up: it ended with exit code 1 (Error).",
    "kubectl logs portcullis-1 --container=set-up --namespace=portcullis-system",
  ]);
  expect(crashing({ containerStatuses: [{ name: "portcullis", state: { terminated } }] })[1]).toBe(
    "kubectl logs portcullis-1 --namespace=portcullis-system",
  );
});

test("the same of several Pods is one finding, each by name", () => {
  const status = container({ state: { waiting: { reason: "ErrImagePull", message: "no" } } });
  const pods = seen(["portcullis-1", "portcullis-2"].map((name) => pod(name, { status })));
  const all = diagnose({ ...HEALTHY, pods, deployment: seen(deployment({ ready: 0 })) });
  expect(all.map(({ message, items }) => [message, items])).toEqual([
    ["2 Pods cannot pull an image.", ["portcullis-1: ErrImagePull: no", "portcullis-2: ErrImagePull: no"]],
  ]);
});

test("Pods that are going, that have ended, or are somebody else's are not looked at", () => {
  const status = container({ state: { waiting: { reason: "ErrImagePull" } } });
  const pods = [
    pod("a", { status, metadata: { deletionTimestamp: NOW.toISOString() } }),
    pod("b", { status: { ...status, phase: "Failed" } }),
    pod("c", { status, metadata: { ownerReferences: [{ kind: "ReplicaSet", name: "portcullis-web-5d" }] } }),
  ];
  expect(found({ pods: seen([GOOD, pod("portcullis-1"), ...pods]) })).toEqual([]);
});

test.each([
  [
    'pods "x" is forbidden: violates PodSecurity "restricted:latest": privileged',
    /pod-security\.kubernetes\.io/,
  ],
  ['pods "x" is forbidden: exceeded quota: portcullis-critical-pods', /Raise the ResourceQuota/],
  ['pods "x" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi', /LimitRange/],
  ['Internal error occurred: failed calling webhook "x": EOF', /The webhook that it names/],
  ['pods "x" is forbidden: error looking up service account a/b: not found', /ServiceAccount/],
  ["something new", /^Mend what the API server names/],
])("Pods that the API server refuses, as in %p, say what to do", (message, fix) => {
  const conditions = [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message }];
  const findings = diagnose({ ...HEALTHY, deployment: seen(deployment({ conditions })) });
  expect(findings).toMatchObject([{ id: "pods-refused", fix: expect.stringMatching(fix) }]);
  expect(findings[0]?.message).toContain(message);
});

const LATE = [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }];

test("a rollout that has come to no end is told, and that its Pods differ is no second fault", () => {
  const facts = {
    deployment: seen(deployment({ conditions: LATE, updated: 1 })),
    pods: seen([pod("portcullis-1"), pod("b", { image: "portcullis:2" })]),
  };
  expect(found(facts)).toEqual([
    "rollout-stuck: The rollout of the Deployment portcullis has not come to its end in time: 1 of 2 replicas are of the new version.",
  ]);
});

test("Pods of different images are told unless a rollout is under way", () => {
  const pods = seen([pod("portcullis-1"), pod("b", { image: "portcullis:2" })]);
  expect(found({ pods })).toEqual([
    "pod-versions-differ: The Pods of portcullis run different images: portcullis:1 and portcullis:2.",
  ]);
  expect(found({ pods, deployment: seen(deployment({ updated: 1 })) })).toEqual([]);
});

test("one tag that is two images is told, too", () => {
  const status = { containerStatuses: [{ name: "portcullis", imageID: "sha256:other" }] };
  expect(found({ pods: seen([pod("a"), pod("b", { status })]) })[0]).toMatch(
    /^pod-versions-differ: .*sha256:other/,
  );
});

test("what a service mesh puts beside it is none of its versions", () => {
  const beside = pod("portcullis-1");
  const proxy = { name: "proxy", image: "proxy:1", args: [], ports: [], volumeMounts: [] };
  const injected = { ...beside, spec: { ...beside.spec, containers: [...beside.spec.containers, proxy] } };
  expect(found({ pods: seen([injected, pod("portcullis-2")]) })).toEqual([]);
});

const restarted = (days: number, name = "portcullis", ...others: readonly object[]) =>
  pod("portcullis-1", {
    status: {
      containerStatuses: [
        ...others,
        {
          name,
          restartCount: 3,
          lastState: {
            terminated: { exitCode: 137, reason: "OOMKilled", finishedAt: daysFromNow(days).toISOString() },
          },
        },
      ],
    },
  });

test("a server that was started again within the hour is told with how it ended", () => {
  const findings = diagnose({ ...HEALTHY, pods: seen([restarted(-0.02), GOOD]) });
  expect(findings).toMatchObject([
    {
      id: "pod-restarted",
      items: [
        "portcullis-1: restarted 3 times, last at 2026-03-01T11:31:12.000Z, it ended with exit code 137 (OOMKilled)",
      ],
      command: "kubectl logs portcullis-1 --namespace=portcullis-system --previous",
    },
  ]);
  expect(found({ pods: seen([restarted(-1), GOOD]) })).toEqual([]);
});

test("what runs beside the server may be started again as it likes", () => {
  const server = { name: "portcullis" };
  expect(found({ pods: seen([restarted(-0.02, "istio-proxy", server), GOOD]) })).toEqual([]);
  const beside = restarted(-0.02, "portcullis", { name: "istio-proxy" });
  expect(diagnose({ ...HEALTHY, pods: seen([beside, GOOD]) })).toMatchObject([
    {
      id: "pod-restarted",
      items: [expect.stringMatching(/^portcullis-1\/portcullis: restarted 3 times/)],
      command: "kubectl logs portcullis-1 --container=portcullis --namespace=portcullis-system --previous",
    },
  ]);
});
