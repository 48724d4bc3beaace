// oxlint-disable jest/no-standalone-expect -- the rule does not see that `built` is `describe` or `describe.skip`
/** What Portcullis may do in a cluster, counted: whoever adds a permission sees it here. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { buildOverlay, find, KUBECTL, OVERLAYS, type Overlay } from "./overlay.ts";
import { Role, RoleBinding, type Rule } from "./workload.ts";

const built = KUBECTL === undefined ? describe.skip : describe;

/** `verb resource.group[/name]`, one for each thing that may be done. */
function permissions(rules: readonly Rule[]): readonly string[] {
  return rules.flatMap(({ apiGroups, resources, resourceNames = [""], verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        resourceNames.flatMap((name) =>
          verbs.map(
            (verb) => `${verb} ${resource}${group === "" ? "" : `.${group}`}${name === "" ? "" : `/${name}`}`,
          ),
        ),
      ),
    ),
  );
}

built.each(OVERLAYS)("in the overlay %s", (name) => {
  let overlay: Overlay;

  beforeAll(() => {
    overlay = buildOverlay(name);
  });

  test("the cluster role may do 17 things, and all that it changes is its own three configurations", () => {
    const { rules } = find(overlay, Role, "ClusterRole");
    expect(permissions(rules)).toEqual([
      "list namespaces",
      "watch namespaces",
      "list policybindings.policy.portcullis.dev",
      "watch policybindings.policy.portcullis.dev",
      "create mutatingwebhookconfigurations.admissionregistration.k8s.io",
      "create validatingwebhookconfigurations.admissionregistration.k8s.io",
      ...["mutating", "validating"].flatMap((kind) =>
        ["get", "patch", "update", "delete"].map(
          (verb) => `${verb} ${kind}webhookconfigurations.admissionregistration.k8s.io/portcullis`,
        ),
      ),
      ...["get", "patch", "delete"].map(
        (verb) =>
          `${verb} validatingwebhookconfigurations.admissionregistration.k8s.io/portcullis-self-probe`,
      ),
    ]);
  });

  test("the role in its own namespace may do 6 things, and more only with the one Secret that it keeps", () => {
    const { rules } = find(overlay, Role, "Role");
    const isKept = !overlay.resources.some(({ kind }) => kind === "Certificate");
    expect(permissions(rules)).toEqual([
      "get services/portcullis",
      "list endpointslices.discovery.k8s.io",
      "create configmaps",
      "create leases.coordination.k8s.io",
      ...["get", "update"].map((verb) => `${verb} leases.coordination.k8s.io/portcullis`),
      ...(isKept ? ["create secrets"] : []),
      ...(isKept ? ["get", "list", "watch", "patch"].map((verb) => `${verb} secrets/portcullis-tls`) : []),
    ]);
  });

  test("there are no other roles, and the account of the server alone has these", () => {
    const kinds = overlay.resources.filter(({ kind }) => kind.includes("Role")).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"]);
    for (const kind of ["ClusterRole", "Role"]) {
      const { roleRef, subjects } = find(overlay, RoleBinding, `${kind}Binding`);
      expect(roleRef).toEqual({ kind, name: "portcullis" });
      expect(subjects).toEqual([
        { kind: "ServiceAccount", name: "portcullis", namespace: "portcullis-system" },
      ]);
    }
  });

  test("no rule has a wildcard", () => {
    const rules = ["ClusterRole", "Role"].flatMap((kind) => find(overlay, Role, kind).rules);
    expect(JSON.stringify(rules)).not.toContain("*");
  });
});
