import { expect, test } from "@jest/globals";
import { ABSENT, deployment, found, HEALTHY, lease, NOW, pod, seen } from "../../../test/doctor/healthy.ts";
import { diagnose } from "../diagnose.ts";

const before = (seconds: number): string => new Date(NOW.getTime() - seconds * 1_000).toISOString();
const written = (time: string) => ({ managedFields: [{ manager: "node", time }] });

const given = (seconds: number) => seen(lease({ holderIdentity: "", renewTime: before(seconds) }));

test("no Lease, or one that was given back", () => {
  expect(found({ lease: ABSENT })).toEqual([
    "lease-missing: There is no Lease portcullis-system/portcullis.",
  ]);
  expect(found({ lease: given(30) })).toEqual([
    "nobody-leads: The Lease portcullis-system/portcullis was given back at 2026-03-01T11:59:30.000Z and nobody has taken it since.",
  ]);
  // The next one takes it within seconds, as in every rollout; or later, where none can work with it and they take turns.
  expect(found({ lease: given(5) })).toEqual([]);
  expect(found({ lease: given(20) })).toEqual([]);
});

test("one that was not renewed in time is nobody's", () => {
  expect(found({ lease: seen(lease({ renewTime: before(25) })) })).toEqual([]);
  expect(found({ lease: seen(lease({ renewTime: before(40) })) })).toEqual([
    "nobody-leads: The Lease portcullis-system/portcullis is held by portcullis-1_7, but was renewed last at 2026-03-01T11:59:20.000Z.",
  ]);
  expect(found({ lease: seen(lease({ renewTime: undefined })) })[0]).toMatch(/but was renewed never\.$/);
});

test("when it was renewed is read by the API server's clock; the leader's own may be wrong", () => {
  expect(found({ lease: seen(lease({ renewTime: before(4_000) }, written(before(2)))) })).toEqual([
    "leader-clock-skew: The Lease portcullis-system/portcullis was renewed by portcullis-1_7 at 2026-03-01T10:53:20.000Z, but the API server's clock said 2026-03-01T11:59:58.000Z.",
  ]);
});

test("what a Lease says of its own duration hides nothing", () => {
  const forever = { leaseDurationSeconds: 2_147_483_647, renewTime: before(3_600) };
  expect(found({ lease: seen(lease(forever)) })).toEqual([expect.stringMatching(/^nobody-leads: /)]);
});

test("a Lease that cannot count the next holder is to be deleted", () => {
  expect(found({ lease: seen(lease({ leaseTransitions: 2_147_483_646 })) })).toEqual([]);
  const findings = diagnose({ ...HEALTHY, lease: seen(lease({ leaseTransitions: 2_147_483_647 })) });
  expect(findings.map(({ id, command }) => [id, command])).toEqual([
    ["lease-exhausted", "kubectl delete lease portcullis --namespace=portcullis-system"],
  ]);
});

test("a holder that is no Pod is told", () => {
  expect(found({ lease: seen(lease({ holderIdentity: "portcullis-9_1" })) })).toEqual([
    "leader-gone: The Lease portcullis-system/portcullis is held by portcullis-9_1, and there is no such Pod.",
  ]);
  expect(found({ lease: seen(lease({ holderIdentity: "portcullis-2" })) })).toEqual([]);
});

test("on the host's network a leader goes by the node's name, which is no Pod's", () => {
  const { spec, ...rest } = pod("portcullis-1");
  const onHost = { ...rest, spec: { ...spec, hostNetwork: true } };
  const byNode = seen(lease({ holderIdentity: "node-1_7" }));
  expect(found({ lease: byNode, pods: seen([onHost, onHost]) })).toEqual([]);
});

test("servers that keep nothing need no leader", () => {
  const mounted = seen(deployment({ args: ["serve", "--cert=tls.crt"] }));
  expect(found({ lease: ABSENT, deployment: mounted })).toEqual([]);
});
