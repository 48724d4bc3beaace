/** One thing that RBAC can permit. */
export interface Permission {
  readonly verb: string;
  /** API group; `""` is the core group. */
  readonly group: string;
  readonly resource: string;
  /** Undefined for the whole cluster, or for what belongs to no namespace. */
  readonly namespace?: string | undefined;
  /** Undefined for any. */
  readonly name?: string | undefined;
  /** With which flag of `serve` the server needs it; undefined for always. */
  readonly flag?: "--manage-certificates";
}

interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

const ADMISSION = "admissionregistration.k8s.io";
const WEBHOOKS = ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"];

/** Several verbs on one resource. */
function each(verbs: readonly string[], where: Omit<Permission, "verb">): readonly Permission[] {
  return verbs.map((verb) => ({ verb, ...where }));
}

/** What `manifests/base/rbac.yaml` grants the server's account; a test compares the two. */
export function serverPermissions({ namespace, name }: ServiceName): readonly Permission[] {
  return [
    ...each(["list", "watch"], { group: "", resource: "namespaces" }),
    ...each(["list", "watch"], { group: "policy.portcullis.dev", resource: "policybindings" }),
    ...WEBHOOKS.flatMap((resource) => each(["create"], { group: ADMISSION, resource })),
    ...WEBHOOKS.flatMap((resource) =>
      each(["get", "patch", "update", "delete"], { group: ADMISSION, resource, name: "portcullis" }),
    ),
    ...each(["get", "patch", "delete"], {
      group: ADMISSION,
      resource: "validatingwebhookconfigurations",
      name: "portcullis-self-probe",
    }),
    ...each(["get"], { group: "", resource: "services", namespace, name }),
    ...each(["list"], { group: "discovery.k8s.io", resource: "endpointslices", namespace }),
    ...each(["create"], { group: "", resource: "configmaps", namespace }),
    ...each(["create"], { group: "coordination.k8s.io", resource: "leases", namespace }),
    ...each(["get", "update"], { group: "coordination.k8s.io", resource: "leases", namespace, name }),
    ...each(["create"], { group: "", resource: "secrets", namespace, flag: "--manage-certificates" }),
    ...each(["get", "list", "watch", "patch"], {
      group: "",
      resource: "secrets",
      namespace,
      name: `${name}-tls`,
      flag: "--manage-certificates",
    }),
  ];
}

/** What the checks read, by the person who runs them. */
export function doctorPermissions({ namespace, name }: ServiceName): readonly Permission[] {
  return [
    ...each(["get"], { group: "apiextensions.k8s.io", resource: "customresourcedefinitions" }),
    ...each(["list"], { group: "policy.portcullis.dev", resource: "policybindings" }),
    ...WEBHOOKS.flatMap((resource) => each(["list"], { group: ADMISSION, resource })),
    // `create` as a dry run.
    ...each(["get", "list", "create"], { group: "", resource: "namespaces" }),
    ...each(["create"], { group: "authorization.k8s.io", resource: "subjectaccessreviews" }),
    ...each(["get"], { group: "", resource: "serviceaccounts", namespace }),
    ...each(["get"], { group: "apps", resource: "deployments", namespace, name }),
    ...each(["list"], { group: "", resource: "pods", namespace }),
    ...each(["list"], { group: "", resource: "events", namespace }),
    ...each(["list"], { group: "networking.k8s.io", resource: "networkpolicies", namespace }),
    ...each(["get"], { group: "", resource: "services", namespace, name }),
    ...each(["list"], { group: "discovery.k8s.io", resource: "endpointslices", namespace }),
    // How many API servers there are.
    ...each(["list"], { group: "discovery.k8s.io", resource: "endpointslices", namespace: "default" }),
    ...each(["get"], { group: "", resource: "secrets", namespace, name: `${name}-tls` }),
    ...each(["get"], { group: "coordination.k8s.io", resource: "leases", namespace, name }),
  ];
}

/** As a person reads it: `get secrets/portcullis-tls in portcullis-system`. */
export function permissionText({ verb, group, resource, namespace, name }: Permission): string {
  const qualified = group === "" ? resource : `${resource}.${group}`;
  const what = name === undefined ? qualified : `${qualified}/${name}`;
  return `${verb} ${what}${namespace === undefined ? "" : ` in ${namespace}`}`;
}
