import { describe, expect, test } from "@jest/globals";
import type { JsonObject } from "../../policy/json.ts";
import { belongingOf, type Belonging } from "./namespace-belonging.ts";

const SERVICE = { namespace: "portcullis-system", name: "portcullis" };
const LABELS = { "app.kubernetes.io/name": "portcullis" };

/** An object with this uid and owners of these uids. */
function object(uid: string, owners: readonly string[] = [], labels: JsonObject = {}): JsonObject {
  return { metadata: { uid, labels, ownerReferences: owners.map((owner) => ({ uid: owner })) } };
}

function belonging(
  objects: Readonly<Record<string, JsonObject>>,
  { name = SERVICE.name, isOurs = true }: { readonly name?: string; readonly isOurs?: boolean } = {},
): readonly (readonly [string, Belonging])[] {
  const listed = Object.entries(objects).map(([id, each]) => ({ id, object: each }));
  const whose = belongingOf(listed, { ...SERVICE, name }, isOurs);
  return listed.map(({ id }, index) => [id, whose[index] ?? "others"]);
}

test("what is owned by what is of Portcullis goes with it, over however many steps and in whatever order", () => {
  const objects = {
    "pods portcullis-1-a": object("pod", ["set"], LABELS),
    "replicasets.apps portcullis-1": object("set", ["deployment"]),
    "deployments.apps portcullis": object("deployment", [], LABELS),
    "endpointslices.discovery.k8s.io portcullis-x": object("slice", ["endpoints"]),
    "endpoints portcullis": object("endpoints"),
  };
  expect(belonging(objects)).toEqual([
    ["pods portcullis-1-a", "kubernetes"],
    ["replicasets.apps portcullis-1", "kubernetes"],
    ["deployments.apps portcullis", "portcullis"],
    ["endpointslices.discovery.k8s.io portcullis-x", "kubernetes"],
    ["endpoints portcullis", "kubernetes"],
  ]);
});

test.each<readonly [string, readonly string[]]>([
  ["something outside of the namespace", ["cluster-role"]],
  ["Portcullis and somebody else", ["deployment", "cluster-role"]],
  ["what Kubernetes makes in every namespace", ["account"]],
  ["itself", ["database"]],
  ["an owner without a uid", [""]],
])("what is owned by %s is somebody else's", (_, owners) => {
  const objects = {
    "deployments.apps portcullis": object("deployment", [], LABELS),
    "serviceaccounts default": object("account"),
    "secrets team-database": object("database", owners),
    "pods of-the-database": object("pod", ["database"]),
  };
  expect(belonging(objects).slice(2)).toEqual([
    ["secrets team-database", "others"],
    ["pods of-the-database", "others"],
  ]);
});

test("what carries the label is of Portcullis, whoever else owns it", () => {
  expect(belonging({ "deployments.apps portcullis": object("1", ["operator"], LABELS) })).toEqual([
    ["deployments.apps portcullis", "portcullis"],
  ]);
});

describe("a Secret without a label that is called as that of the server", () => {
  const secret = { "secrets web-tls": object("secret") };
  const byServer = { metadata: { uid: "secret", managedFields: [{ manager: "portcullis" }] } };

  test.each<readonly [string, Readonly<Record<string, JsonObject>>, Belonging]>([
    ["is somebody else's where no server of that name is", secret, "others"],
    [
      "is somebody else's where another one is",
      { ...secret, "services portcullis": object("service", [], LABELS) },
      "others",
    ],
    [
      "is of Portcullis beside its labelled Service",
      { ...secret, "services web": object("service", [], LABELS) },
      "portcullis",
    ],
    ["is of Portcullis if the server has written it", { "secrets web-tls": byServer }, "portcullis"],
  ])("%s", (_, objects, whose) => {
    expect(belonging(objects, { name: "web" })[0]).toEqual(["secrets web-tls", whose]);
  });

  test.each<readonly [string, boolean, Readonly<Record<string, JsonObject>>, Belonging]>([
    ["stays in a namespace in which nothing is of Portcullis", false, {}, "others"],
    ["goes with a namespace of the manifests", true, {}, "portcullis"],
    ["goes with anything of Portcullis", false, { "roles x": object("role", [], LABELS) }, "portcullis"],
  ])("%s, if it is called portcullis-tls", (_, isOurs, more, whose) => {
    const objects = { "secrets portcullis-tls": object("secret"), ...more };
    expect(belonging(objects, { isOurs })[0]).toEqual(["secrets portcullis-tls", whose]);
  });
});
