import { expect, test } from "@jest/globals";
import { daysFromNow, deployment, found, NOW, pod, seen } from "../../../test/doctor/healthy.ts";
import { Service } from "../observe/objects.ts";

const service = (spec: object) =>
  seen(
    Service.parse({ metadata: { name: "portcullis" }, spec: { selector: LABELS, ports: PORTS, ...spec } }),
  );
const LABELS = { "app.kubernetes.io/name": "portcullis" };
const PORTS = [{ port: 8443, targetPort: "webhook" }];

test("a port that it does not have, or that leads to none of the Pods", () => {
  expect(found({ serviceObject: service({ ports: [{ port: 443 }] }) })).toEqual([
    "service-port-missing: The Service portcullis-system/portcullis has no port 8443, only 443.",
  ]);
  expect(found({ serviceObject: service({ ports: [{ port: 8443, targetPort: "https" }] }) })).toEqual([
    "service-port-missing: The Service portcullis-system/portcullis leads port 8443 to a port https of the Pods, which no container of the Deployment portcullis has.",
  ]);
  expect(found({ serviceObject: service({ ports: [{ port: 8443, targetPort: 8443 }] }) })).toEqual([]);
});

test("a selector that the Pods of the Deployment do not have", () => {
  expect(found({ serviceObject: service({ selector: { app: "x" } }) })).toEqual([
    "service-selects-others: The Service portcullis-system/portcullis selects app=x, and the Pods of the Deployment portcullis do not have these labels.",
  ]);
});

const job = (status: object = {}) =>
  pod("audit-1", { metadata: { ownerReferences: [{ kind: "Job", name: "audit" }] }, status });

test("a Pod of somebody else that has the labels, once it is ready and as long as it runs", () => {
  const own = [pod("portcullis-1"), pod("portcullis-2")];
  expect(found({ pods: seen([...own, job()]) })).toEqual([
    "service-selects-others: The Service portcullis-system/portcullis also leads to Pods that are no replicas of the Deployment portcullis.",
  ]);
  expect(found({ pods: seen([...own, job({ conditions: [] })]) })).toEqual([]);
  expect(found({ pods: seen([...own, job({ phase: "Succeeded" })]) })).toEqual([]);
});

const NOBODY = { serviceState: seen("no-endpoints" as const) };

test("a Deployment that was scaled to zero is told as that", () => {
  const facts = { ...NOBODY, deployment: seen(deployment({ replicas: 0 })), pods: seen([]) };
  expect(found(facts)[0]).toMatch(/^no-ready-pod: .* no ready Pod: the Deployment wants none\.$/);
});

test("Pods that have just been made are given time", () => {
  const status = { conditions: [] };
  const none = seen(deployment({ ready: 0 }));
  const fresh = pod("portcullis-1", { metadata: { creationTimestamp: NOW }, status });
  expect(found({ ...NOBODY, deployment: none, pods: seen([fresh]) })[0]).toMatch(
    /^no-ready-pod: .* no ready Pod; some have just been made and may be starting\.$/,
  );
  const old = pod("portcullis-1", { metadata: { creationTimestamp: daysFromNow(-1) }, status });
  expect(found({ ...NOBODY, deployment: none, pods: seen([old]) })).toEqual([
    "pod-not-ready: The Pod portcullis-1 cannot get ready: its readiness probe has not succeeded.",
    "no-ready-pod: The Service portcullis-system/portcullis has no ready Pod.",
    "fail-without-server: Nobody answers for the Service portcullis-system/portcullis, and these entries are under failurePolicy Fail: validate-fail.portcullis.dev, exemption-guard.portcullis.dev.",
  ]);
});
