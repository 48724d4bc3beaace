// oxlint-disable jest/no-standalone-expect -- the rule does not see that `built` is `describe` or `describe.skip`
/** What must fit together for Pods to start, to be found, and to go without a failed request. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { readEnvironment } from "../../src/cli/surroundings.ts";
import { LIMITS } from "../../src/server/listen.ts";
import { buildOverlay, find, KUBECTL, OVERLAYS, type Overlay } from "./overlay.ts";
import { ConfigMap, Deployment, NetworkPolicy, PodDisruptionBudget, Service } from "./workload.ts";

const built = KUBECTL === undefined ? describe.skip : describe;
const DEFAULTS = readEnvironment({ env: {}, platform: "linux", arch: "x64" });

type PodSpec = Deployment["spec"]["template"]["spec"];

built.each(OVERLAYS.filter((name) => name !== "local"))("in the overlay %s", (name) => {
  let overlay: Overlay;
  let spec: Deployment["spec"];
  let pod: PodSpec;
  let container: PodSpec["containers"][0];

  beforeAll(() => {
    overlay = buildOverlay(name);
    ({ spec } = find(overlay, Deployment, "Deployment"));
    pod = spec.template.spec;
    [container] = pod.containers;
  });

  /** What an option of `serve` is set to. */
  const option = (flag: string): string | undefined =>
    container.args.find((arg) => arg.startsWith(`--${flag}=`))?.slice(flag.length + 3);

  test("the container's ports are those on which the server listens by default", () => {
    const ports = Object.fromEntries(container.ports.map((port) => [port.name, port.containerPort]));
    expect(ports).toEqual({ webhook: DEFAULTS.port, metrics: DEFAULTS.metricsPort });
    expect([option("port"), option("metrics-port")]).toEqual([undefined, undefined]);
  });

  test("no Service of the namespace sets a variable of the server", () => {
    expect(pod.enableServiceLinks).toBe(false);
  });

  test("probes ask for health where it is served", () => {
    expect([container.startupProbe, container.livenessProbe, container.readinessProbe]).toMatchObject(
      ["/livez", "/livez", "/readyz"].map((path) => ({ httpGet: { path, port: "metrics" } })),
    );
  });

  test("a Pod has time for preStop, the drain and the requests that are open then", () => {
    const { seconds } = container.lifecycle.preStop.sleep;
    const needed = seconds + Number(option("drain")) + LIMITS.stop / 1_000;
    expect(needed).toBeLessThan(pod.terminationGracePeriodSeconds);
  });

  test("the Service leads to the ports by their names, at the numbers that the server has", () => {
    const service = find(overlay, Service, "Service").spec;
    expect(service.ports).toEqual([
      { name: "webhook", port: DEFAULTS.port, targetPort: "webhook" },
      { name: "metrics", port: DEFAULTS.metricsPort, targetPort: "metrics" },
    ]);
    const policy = find(overlay, NetworkPolicy, "NetworkPolicy").spec;
    expect(policy.ingress.flatMap(({ ports }) => ports.map(({ port }) => port))).toEqual([
      "webhook",
      "metrics",
    ]);
  });

  test("everything that selects Pods selects these, and nothing else of the overlay's labels", () => {
    const selectors = [
      spec.selector,
      find(overlay, PodDisruptionBudget, "PodDisruptionBudget").spec.selector,
      find(overlay, NetworkPolicy, "NetworkPolicy").spec.podSelector,
      { matchLabels: find(overlay, Service, "Service").spec.selector },
      ...pod.topologySpreadConstraints.map(({ labelSelector }) => labelSelector),
    ];
    expect(new Set(selectors.map((selector) => JSON.stringify(selector)))).toEqual(
      new Set([JSON.stringify({ matchLabels: { "app.kubernetes.io/name": "portcullis" } })]),
    );
    expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
  });

  test("the server reads the files of the volumes that are mounted", () => {
    const mounts = new Map(container.volumeMounts.map((mount) => [mount.mountPath, mount.name]));
    const volume = (path: string) => pod.volumes.find((each) => each.name === mounts.get(path));
    const folder = option("bindings") ?? "";
    const config = volume(folder)?.configMap?.name;
    expect(Object.keys(find(overlay, ConfigMap, "ConfigMap", config).data)).toContain("exclusions.yaml");
  });

  test("certificates come from the Secret that Portcullis keeps or, with cert-manager, from a mounted one", () => {
    const isMounted = overlay.resources.some(({ kind }) => kind === "Certificate");
    expect(container.args.includes("--manage-certificates")).toBe(!isMounted);
    expect([option("cert"), option("key")]).toEqual(
      isMounted ? ["/etc/portcullis/tls/tls.crt", "/etc/portcullis/tls/tls.key"] : [undefined, undefined],
    );
    const tls = pod.volumes.find(({ name: volume }) => volume === "tls");
    expect([tls?.secret?.secretName, container.volumeMounts.map(({ mountPath }) => mountPath)]).toEqual(
      isMounted
        ? ["portcullis-tls", ["/etc/portcullis/bindings", "/etc/portcullis/tls"]]
        : [undefined, ["/etc/portcullis/bindings"]],
    );
    expect(container.args).toEqual(expect.arrayContaining(["--cluster", "--keep-webhooks"]));
  });

  test("no replica goes before another one is ready, and one at least stays when nodes are drained", () => {
    expect(spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
    const { maxUnavailable } = find(overlay, PodDisruptionBudget, "PodDisruptionBudget").spec;
    expect(spec.replicas - maxUnavailable).toBeGreaterThanOrEqual(1);
  });

  test("replicas are spread over nodes", () => {
    expect(pod.topologySpreadConstraints.map(({ topologyKey }) => topologyKey)).toContain(
      "kubernetes.io/hostname",
    );
  });

  test("the image is of this version", async () => {
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(await readFile("package.json", "utf8")));
    expect(container.image).toMatch(new RegExp(`(^|/)portcullis:${version.replaceAll(".", "\\.")}$`));
  });
});

function containerOf(name: string): PodSpec["containers"][0] {
  return find(buildOverlay(name), Deployment, "Deployment").spec.template.spec.containers[0];
}

built("overlays differ where they must", () => {
  test("kind never asks a registry for the image that was loaded onto its nodes", () => {
    expect(containerOf("kind").imagePullPolicy).toBe("Never");
    expect(containerOf("production").imagePullPolicy).toBe("IfNotPresent");
  });

  test("production has three replicas", () => {
    expect(find(buildOverlay("production"), Deployment, "Deployment").spec.replicas).toBe(3);
    expect(find(buildOverlay("cert-manager"), Deployment, "Deployment").spec.replicas).toBe(2);
  });
});
