import { expect, test } from "@jest/globals";
import { ABSENT, deployment, found, HEALTHY, pod, seen } from "../../test/doctor/healthy.ts";
import { Named, Service, type Facts } from "./observation.ts";

test.each<readonly [string, Partial<Facts>, RegExp]>([
  ["no account", { account: ABSENT }, /^service-account-missing: There is no ServiceAccount portcullis in/],
  ["no Deployment", { deployment: ABSENT }, /^deployment-missing: There is no Deployment portcullis in/],
  [
    "fewer replicas",
    { deployment: seen(deployment({ ready: 1 })) },
    /^replicas-missing: Of 2 replicas of .* 1 are ready\.$/,
  ],
  [
    "another port",
    {
      serviceObject: seen(
        Service.parse({ metadata: { name: "portcullis" }, spec: { ports: [{ port: 443 }] } }),
      ),
    },
    /^service-port-missing: .* has no port 8443, only 443\.$/,
  ],
  [
    "Pods of another image",
    { pods: seen([pod("portcullis-1"), pod("b", "portcullis:2")]) },
    /^pod-versions-differ: The Pods of portcullis run different images: portcullis:1 and portcullis:2\.$/,
  ],
  [
    "a namespace that is being deleted",
    {
      namespace: seen(Named.parse({ metadata: { name: "x", deletionTimestamp: "now" } })),
      deployment: ABSENT,
    },
    /^namespace-terminating: The namespace portcullis-system is being deleted\.$/,
  ],
])("%s is the one finding", (_, facts, message) => {
  expect(found(facts)).toEqual([expect.stringMatching(message)]);
});

test("one tag that is two images is told, too", () => {
  const other = {
    ...pod("b"),
    status: { containerStatuses: [{ name: "portcullis", imageID: "sha256:other", state: {} }] },
  };
  expect(found({ pods: seen([pod("a"), other]) })[0]).toMatch(/^pod-versions-differ: .*sha256:other/);
});

test("what a service mesh puts beside it is none of its versions", () => {
  const beside = pod("portcullis-1");
  const { containers } = beside.spec;
  const injected = { ...beside, spec: { containers: [...containers, { name: "proxy", image: "proxy:1" }] } };
  expect(found({ pods: seen([injected, pod("portcullis-2")]) })).toEqual([]);
});

test("where no Pod is ready, it is told what they wait for and what is rejected meanwhile", () => {
  const waiting = { waiting: { reason: "ImagePullBackOff", message: "no such image" } };
  const facts = {
    serviceState: seen("no-endpoints" as const),
    deployment: seen(deployment({ ready: 0 })),
    pods: seen([pod("portcullis-1", "portcullis:1", waiting)]),
  };
  expect(found(facts)).toEqual([
    "no-ready-pod: The Service portcullis-system/portcullis has no ready Pod: Pod portcullis-1 waits: ImagePullBackOff no such image.",
    "fail-without-server: Nobody answers for the Service portcullis-system/portcullis, and these entries are under failurePolicy Fail: validate-fail.portcullis.dev, exemption-guard.portcullis.dev.",
  ]);
});

test("a Deployment that was scaled to zero is told as that", () => {
  const facts = {
    serviceState: seen("no-endpoints" as const),
    deployment: seen(deployment({ replicas: 0, ready: 0 })),
  };
  expect(found({ ...facts, pods: seen([]) })[0]).toMatch(/no ready Pod: the Deployment wants none\.$/);
});

test("servers elsewhere have no Deployment, no Pods and need no Secret", () => {
  const elsewhere = {
    serviceState: seen("external" as const),
    deployment: ABSENT,
    pods: seen([]),
    secret: ABSENT,
    lease: ABSENT,
  };
  expect(found({ ...elsewhere, serviceObject: HEALTHY.serviceObject })).toEqual([]);
});
