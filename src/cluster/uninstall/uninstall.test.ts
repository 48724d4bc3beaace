import { describe, expect, test } from "@jest/globals";
import {
  WEBHOOKS,
  VALIDATING,
  MUTATING,
  NAMESPACE,
  RBAC,
  DEFINITION,
  BINDINGS,
  OURS,
  SERVICE,
  WHOLE,
  REMOVED_IN_ORDER,
  labelled,
  asking,
  run,
  PretendedInstallation,
  type Stored,
} from "../../../test/pretended-installation.ts";

test("webhooks go first, then the server, its permissions and its definition", async () => {
  const cluster = new PretendedInstallation(WHOLE);
  const { isComplete, said } = await run(cluster);
  expect(isComplete).toBe(true);
  expect(cluster.removed).toEqual(REMOVED_IN_ORDER);
  expect([...cluster.stored.keys()]).toEqual([]);
  expect(said).toContain(
    "the API server asks no longer: Portcullis decides about nothing and holds up nothing",
  );
});

test("a dry run removes nothing and says the same", async () => {
  const cluster = new PretendedInstallation(WHOLE);
  const { isComplete, said } = await run(cluster, { dryRun: true });
  expect([isComplete, cluster.removed, cluster.stored.size]).toEqual([true, [], Object.keys(WHOLE).length]);
  expect(said.filter((line) => line.startsWith("would remove the "))).toHaveLength(REMOVED_IN_ORDER.length);
});

test.each([
  ["PATCH", "mutatingwebhookconfigurations"],
  ["POST", "configmaps"],
])("a dry run tells that the proof may not %s %s", async (method, resource) => {
  const cluster = new PretendedInstallation(WHOLE);
  cluster.answer = (request) =>
    request.method === method && request.path.includes(resource)
      ? { code: 403, body: { message: `jane may not ${method} ${resource}.` } }
      : undefined;
  const { isComplete, failed, said } = await run(cluster, { dryRun: true });
  expect([isComplete, failed.map(({ code }) => code)]).toEqual([false, ["CLUSTER_FORBIDDEN"]]);
  expect(failed[0]?.remedy).toContain("cluster-admin");
  expect(said.filter((line) => line.startsWith("would remove the "))).toHaveLength(REMOVED_IN_ORDER.length);
});

test("a dry run tells who is not known to the API server to log in, not to use another account", async () => {
  const cluster = new PretendedInstallation(WHOLE);
  cluster.answer = ({ method }) =>
    method === "PATCH" ? { code: 401, body: { message: "Unauthorized" } } : undefined;
  const { failed } = await run(cluster, { dryRun: true });
  expect(failed.map(({ remedy }) => remedy)).toEqual([
    "Log in again, or name another user's kubeconfig or context.",
  ]);
});

test("where there is nothing, nothing is done", async () => {
  const cluster = new PretendedInstallation({});
  const { isComplete, said } = await run(cluster);
  expect([isComplete, cluster.removed]).toEqual([true, []]);
  expect(said.every((line) => line.startsWith("not there: "))).toBe(true);
});

describe("nothing but webhooks is touched", () => {
  test("while the API server cannot be seen to ask no longer", async () => {
    const cluster = new PretendedInstallation(WHOLE);
    cluster.lag = 1_000;
    const { isComplete } = await run(cluster);
    expect(isComplete).toMatchObject({ code: "UNINSTALL_INCOMPLETE" });
    expect(cluster.removed).toEqual(REMOVED_IN_ORDER.slice(0, 2));
    // Its own probe is gone, but the next run has to prove the same.
    expect([...cluster.stored.keys()].filter((path) => path.startsWith(WEBHOOKS))).toEqual([]);
    expect(await run(cluster)).toMatchObject({ isComplete: { code: "UNINSTALL_INCOMPLETE" } });
    expect(cluster.stored.has(NAMESPACE)).toBe(true);
    cluster.lag = 1;
    expect(await run(cluster)).toMatchObject({ isComplete: true });
    expect([...cluster.stored.keys()]).toEqual([]);
  });

  test("while it cannot be seen that what a person has deleted just now is asked no longer", async () => {
    const webhooks = new Set([`${VALIDATING}/portcullis`, `${MUTATING}/portcullis`]);
    const cluster = new PretendedInstallation(
      Object.fromEntries(Object.entries(WHOLE).filter(([path]) => !webhooks.has(path))),
    );
    cluster.lag = 1_000;
    expect(await run(cluster)).toMatchObject({ isComplete: { code: "UNINSTALL_INCOMPLETE" } });
    expect(cluster.removed).toEqual([]);
  });

  test("where the webhooks may not be deleted", async () => {
    const cluster = new PretendedInstallation(WHOLE);
    cluster.answer = ({ method }) =>
      method === "DELETE" ? { code: 403, body: { message: "jane may not." } } : undefined;
    const { isComplete } = await run(cluster);
    expect(isComplete).toMatchObject({
      code: "CLUSTER_FORBIDDEN",
      message: "The API server did not delete the ValidatingWebhookConfiguration portcullis: jane may not.",
      remedy: expect.stringContaining("cluster-admin"),
    });
    expect(cluster.removed).toEqual([]);
  });

  test("where they ask the server of another namespace", async () => {
    const other = { ...SERVICE, namespace: "other" };
    const cluster = new PretendedInstallation({ ...WHOLE, [`${MUTATING}/portcullis`]: asking(other) });
    const { isComplete } = await run(cluster);
    expect(isComplete).toMatchObject({
      message:
        "Nothing was removed: the MutatingWebhookConfiguration portcullis asks the Service other/portcullis, not portcullis-system/portcullis.",
      remedy:
        "The Service portcullis-system/portcullis is asked, too, so the server of neither may go first: delete the configurations with `kubectl delete validatingwebhookconfigurations,mutatingwebhookconfigurations portcullis` (nothing is enforced from then on), and run the command again for each of the two with --service.",
    });
    expect(cluster.removed).toEqual([]);
  });

  test("where one configuration asks two servers, of which neither may go first", async () => {
    const guard = { name: "exemption-guard.portcullis.dev", clientConfig: { service: SERVICE } };
    const entry = { name: "a.portcullis.dev", clientConfig: { service: { ...SERVICE, namespace: "other" } } };
    const both = labelled({ webhooks: [entry, guard] });
    const cluster = new PretendedInstallation({ ...WHOLE, [`${VALIDATING}/portcullis`]: both });
    const { isComplete } = await run(cluster);
    expect(isComplete).toMatchObject({
      remedy: expect.stringContaining("the server of neither may go first"),
    });
  });

  test("where a URL asks this server, and an entry another one", async () => {
    const other = { ...SERVICE, namespace: "other" };
    const url = "https://portcullis.portcullis-system.svc:8443/validate";
    const cluster = new PretendedInstallation({
      [`${VALIDATING}/portcullis`]: labelled({
        webhooks: [{ name: "a.portcullis.dev", clientConfig: { url } }],
      }),
      [`${MUTATING}/portcullis`]: asking(other),
    });
    const { isComplete } = await run(cluster);
    expect(isComplete).toMatchObject({
      remedy: expect.stringContaining("the server of neither may go first"),
    });
  });

  test("where all ask the server of another namespace, and what was left in this one may go", async () => {
    const other = { ...SERVICE, namespace: "other" };
    const cluster = new PretendedInstallation({
      ...WHOLE,
      [`${VALIDATING}/portcullis`]: asking(other),
      [`${MUTATING}/portcullis`]: asking(other),
    });
    const { isComplete } = await run(cluster);
    expect(isComplete).toMatchObject({
      remedy: expect.stringMatching(
        /--service other\/portcullis\. .*`kubectl delete namespace portcullis-system`\.$/,
      ),
    });
  });

  test("where only one of somebody else asks it, and the installation is that of another namespace, which is sound", async () => {
    const other = { ...SERVICE, namespace: "other" };
    const cluster = new PretendedInstallation({
      ...WHOLE,
      [`${VALIDATING}/portcullis`]: asking(other),
      [`${MUTATING}/portcullis`]: asking(other),
      [`${VALIDATING}/team-portcullis`]: asking(SERVICE),
    });
    const { isComplete } = await run(cluster);
    expect(isComplete).toMatchObject({
      message:
        "The server was not removed: the ValidatingWebhookConfiguration team-portcullis asks the Service portcullis-system/portcullis and is none that Portcullis installs; without the server, what it asks about could be rejected.",
      remedy:
        "Find out who made it, delete it with `kubectl delete validatingwebhookconfiguration team-portcullis`, and run the command again.",
    });
    expect(cluster.removed).toEqual([]);
  });

  test("where one of somebody else asks it, too, and the server of neither may go first", async () => {
    const other = { ...SERVICE, namespace: "other" };
    const cluster = new PretendedInstallation({
      ...WHOLE,
      [`${MUTATING}/portcullis`]: asking(other),
      [`${VALIDATING}/theirs`]: asking(SERVICE, { metadata: {} }),
    });
    const { isComplete } = await run(cluster);
    expect(isComplete).toMatchObject({
      remedy: expect.stringContaining("the server of neither may go first"),
    });
    expect(cluster.removed).toEqual([]);
  });

  test("where a configuration of somebody else asks the server", async () => {
    const path = `${VALIDATING}/theirs`;
    const cluster = new PretendedInstallation({ ...WHOLE, [path]: asking(SERVICE, { metadata: {} }) });
    const { isComplete } = await run(cluster);
    expect(isComplete).toMatchObject({
      remedy: expect.stringContaining("kubectl delete validatingwebhookconfiguration theirs"),
    });
    expect(cluster.removed).toEqual(REMOVED_IN_ORDER.slice(0, 2));
    expect(cluster.stored.has(path)).toBe(true);
  });
});

/** A whole installation, and the URL of somebody else's webhook. */
function withUrl(url: string): Stored {
  return {
    ...WHOLE,
    [`${NAMESPACE}/services/portcullis`]: labelled({ spec: { clusterIPs: ["10.96.3.4", "fd00::3"] } }),
    [`${VALIDATING}/theirs`]: { metadata: {}, webhooks: [{ name: "a.b.c", clientConfig: { url } }] },
  };
}

describe("a configuration of somebody else that calls a URL", () => {
  test.each([
    "https://portcullis.portcullis-system.svc:8443/validate",
    "https://Portcullis.portcullis-system.svc.cluster.local/validate",
    "https://portcullis.portcullis-system.svc.k8s.example.com.:443",
    "https://portcullis.portcullis-system:8443",
    "https://10.96.3.4/validate",
    "https://[fd00:0::3]:8443/validate",
  ])("%s keeps the server", async (url) => {
    const cluster = new PretendedInstallation(withUrl(url));
    const { isComplete } = await run(cluster);
    expect(isComplete).toMatchObject({
      code: "UNINSTALL_INCOMPLETE",
      message: expect.stringContaining("the ValidatingWebhookConfiguration theirs asks the Service"),
    });
    expect(cluster.removed).toEqual(REMOVED_IN_ORDER.slice(0, 2));
  });

  test.each([
    "https://portcullis.portcullis-systems.svc:8443",
    "https://portcullis.example.com",
    "https://10.96.3.5/validate",
    "no URL",
  ])("%s is no obstacle", async (url) => {
    const cluster = new PretendedInstallation(withUrl(url));
    expect(await run(cluster)).toMatchObject({ isComplete: true });
  });
});

test("who is not known to the API server is told to log in, not to use another account", async () => {
  const cluster = new PretendedInstallation(WHOLE);
  cluster.answer = () => ({ code: 401, body: { message: "Unauthorized" } });
  const { isComplete } = await run(cluster);
  expect(isComplete).toMatchObject({
    code: "CLUSTER_FORBIDDEN",
    remedy: "Log in again, or name another user's kubeconfig or context.",
  });
});

test("a configuration that is called as ours, but is not, stays", async () => {
  const path = `${VALIDATING}/portcullis`;
  const theirs = { metadata: {}, webhooks: [{ name: "a.example.com", clientConfig: { url: "https://a" } }] };
  const cluster = new PretendedInstallation({ [path]: theirs });
  expect(await run(cluster)).toMatchObject({ isComplete: true });
  expect([...cluster.stored.keys()]).toEqual([path]);
});

describe("webhooks that somebody installs again after the server has gone", () => {
  const AGAIN = {
    code: "UNINSTALL_INCOMPLETE",
    message:
      "Somebody installed the webhook configurations again after the server had gone; they were removed once more.",
    remedy: expect.stringContaining("such as a GitOps controller"),
  };

  test("are removed at once, and it is said that somebody does that", async () => {
    const cluster = new PretendedInstallation(WHOLE);
    cluster.afterRemoval = (path) => {
      if (path === NAMESPACE) cluster.stored.set(`${VALIDATING}/portcullis`, asking(SERVICE));
    };
    const { isComplete, failed } = await run(cluster);
    expect(cluster.removed.slice(2, 4)).toEqual([NAMESPACE, `${VALIDATING}/portcullis`]);
    expect([...cluster.stored.keys()]).toEqual([]);
    expect([isComplete, failed]).toEqual([false, [expect.objectContaining(AGAIN)]]);
  });

  test("are removed while the namespace goes, as often as they come", async () => {
    const cluster = new PretendedInstallation(WHOLE);
    let looks = 0;
    cluster.answer = ({ method, path }) => {
      if (method !== "GET" || path !== NAMESPACE || cluster.stored.has(NAMESPACE)) return undefined;
      looks += 1;
      if (looks > 3) return undefined;
      cluster.stored.set(`${VALIDATING}/portcullis`, asking(SERVICE));
      return { code: 200, body: labelled() };
    };
    const { isComplete, failed } = await run(cluster);
    expect(cluster.removed.slice(2, 6).map((path) => path.split("/").at(-1))).toEqual([
      "portcullis-system",
      "portcullis",
      "portcullis",
      "portcullis",
    ]);
    expect([isComplete, failed]).toEqual([false, [expect.objectContaining(AGAIN)]]);
  });

  test("and that may not be removed any more are told once", async () => {
    const cluster = new PretendedInstallation(WHOLE);
    const path = `${VALIDATING}/portcullis`;
    cluster.afterRemoval = (removed) => {
      if (removed === NAMESPACE) cluster.stored.set(path, asking(SERVICE));
    };
    cluster.answer = (request) =>
      request.method === "DELETE" && request.path === path && !cluster.stored.has(NAMESPACE)
        ? { code: 403, body: { message: "jane may not." } }
        : undefined;
    const { isComplete, failed } = await run(cluster);
    expect([isComplete, failed.map(({ code }) => code)]).toEqual([false, ["CLUSTER_FORBIDDEN"]]);
  });

  test("by another Service's installation are not taken down with it", async () => {
    const cluster = new PretendedInstallation(WHOLE);
    const path = `${VALIDATING}/portcullis`;
    cluster.afterRemoval = (removed) => {
      if (removed === NAMESPACE) cluster.stored.set(path, asking({ ...SERVICE, namespace: "other" }));
    };
    await run(cluster);
    expect([...cluster.stored.keys()]).toEqual([path]);
  });
});

describe("the namespace", () => {
  test("stays with what others made in it, and what is ours goes, Secrets last", async () => {
    const notes = `${NAMESPACE}/configmaps/notes`;
    const cluster = new PretendedInstallation({ ...WHOLE, [notes]: { metadata: {} } });
    const { isComplete, said } = await run(cluster);
    expect(isComplete).toBe(true);
    expect(said).toContain(
      "kept: the Namespace portcullis-system, because it holds what is not of Portcullis: ConfigMap notes",
    );
    expect(cluster.removed.filter((path) => path.startsWith(NAMESPACE))).toEqual([
      `${NAMESPACE}/configmaps/portcullis-bindings`,
      `${NAMESPACE}/secrets/portcullis-tls`,
    ]);
    expect(cluster.stored.has(notes)).toBe(true);
  });

  test("stays with a Secret that names an owner elsewhere", async () => {
    const secret = `${NAMESPACE}/secrets/team-database`;
    const owner = { kind: "ClusterRole", name: "view", uid: "view" };
    const cluster = new PretendedInstallation({
      ...WHOLE,
      [secret]: { metadata: { uid: "3", ownerReferences: [owner] } },
    });
    const { said } = await run(cluster);
    expect(cluster.stored.has(secret)).toBe(true);
    expect(said).toContain(
      "kept: the Namespace portcullis-system, because it holds what is not of Portcullis: Secret team-database",
    );
  });

  test("stays if it was not made by the manifests", async () => {
    const cluster = new PretendedInstallation({ ...WHOLE, [NAMESPACE]: { metadata: {} } });
    const { isComplete } = await run(cluster);
    expect([isComplete, cluster.stored.has(NAMESPACE)]).toEqual([true, true]);
    expect(cluster.removed).toContain(`${NAMESPACE}/secrets/portcullis-tls`);
  });

  test("stays where an API does not say what it has there, and the other steps go on", async () => {
    const cluster = new PretendedInstallation(WHOLE);
    cluster.discovery.delete("/apis/metrics.k8s.io/v1beta1");
    const { isComplete, failed } = await run(cluster);
    expect(isComplete).toBe(false);
    expect(failed.map(({ message }) => message)).toEqual([
      "The Namespace portcullis-system was kept: the API server did not show what it holds of metrics.k8s.io/v1beta1.",
    ]);
    expect(cluster.removed).toContain(DEFINITION);
  });

  test("that hangs is told with the reason, and the other steps go on", async () => {
    const status = {
      conditions: [
        { type: "NamespaceContentRemaining", status: "False", message: "not this" },
        { type: "NamespaceFinalizersRemaining", status: "True", message: "example.com/a in 1 instance" },
      ],
    };
    const metadata = { labels: OURS, deletionTimestamp: "2026-01-01T00:00:00Z" };
    const cluster = new PretendedInstallation({ ...WHOLE, [NAMESPACE]: { metadata, status } });
    const { isComplete, failed } = await run(cluster);
    expect(isComplete).toBe(false);
    expect(failed.map(({ message }) => message)).toEqual([
      "The Namespace portcullis-system is not gone after 120 s: it is Terminating; example.com/a in 1 instance.",
    ]);
    expect(cluster.removed).toEqual(REMOVED_IN_ORDER.filter((path) => path !== NAMESPACE));
  });
});

test("permissions for accounts of another namespace stay", async () => {
  const binding = labelled({ subjects: [{ ...SERVICE, namespace: "other" }] });
  const cluster = new PretendedInstallation({
    ...WHOLE,
    [`${RBAC}/clusterrolebindings/portcullis`]: binding,
  });
  expect(await run(cluster)).toMatchObject({ isComplete: true });
  expect([...cluster.stored.keys()].filter((path) => path.startsWith(RBAC))).toHaveLength(2);
});

test("permissions that the manifests did not make stay", async () => {
  const cluster = new PretendedInstallation({ [`${RBAC}/clusterroles/portcullis`]: { metadata: {} } });
  const { said } = await run(cluster);
  expect([cluster.removed, said.at(-2)]).toEqual([
    [],
    expect.stringMatching(/^kept: the ClusterRole portcullis/),
  ]);
});

describe("PolicyBindings", () => {
  const written = { ...WHOLE, [`${BINDINGS}/labels`]: { metadata: {}, spec: {} } };

  test("stay with their definition, and it is said how to save them", async () => {
    const cluster = new PretendedInstallation(written);
    const { isComplete, said } = await run(cluster);
    expect([isComplete, cluster.stored.has(DEFINITION)]).toEqual([true, true]);
    expect(said.at(-1)).toMatch(/^kept: .* with the PolicyBindings labels; save them with `kubectl get /);
  });

  test("go with it where that is asked for", async () => {
    const cluster = new PretendedInstallation(written);
    const { said } = await run(cluster, { deleteBindings: true });
    expect(cluster.stored.has(DEFINITION)).toBe(false);
    expect(said).toContain("with its definition goes the PolicyBinding labels");
  });

  test("that are not served keep their definition, unless they are to go", async () => {
    const cluster = new PretendedInstallation(WHOLE);
    cluster.answer = ({ path }) => (path === BINDINGS ? { code: 404, body: {} } : undefined);
    const { isComplete, said } = await run(cluster);
    expect([isComplete, cluster.stored.has(DEFINITION)]).toEqual([true, true]);
    expect(said.at(-1)).toMatch(/^kept: the CustomResourceDefinition .*: it is not served, /);
    expect(await run(cluster, { deleteBindings: true })).toMatchObject({ isComplete: true, failed: [] });
    expect(cluster.stored.has(DEFINITION)).toBe(false);
  });
});

test("what has been replaced since it was read is not deleted", async () => {
  const cluster = new PretendedInstallation(WHOLE);
  const bodies: unknown[] = [];
  cluster.answer = ({ method, path, body }) => {
    if (method !== "DELETE" || path !== `${RBAC}/clusterroles/portcullis`) return undefined;
    bodies.push(body?.value);
    return { code: 409, body: { message: "the UID in the precondition is another." } };
  };
  const { isComplete, failed } = await run(cluster);
  expect(bodies).toEqual([expect.objectContaining({ preconditions: { uid: "1" } })]);
  expect([isComplete, failed.map(({ code }) => code)]).toEqual([false, ["UNINSTALL_INCOMPLETE"]]);
});
