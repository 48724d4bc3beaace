/** A built-in type of Kubernetes. */
export interface BuiltInKind {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** Plural name as in URLs, e.g. `deployments`. */
  readonly resource: string;
  readonly namespaced: boolean;
  /** Every version that the API server can serve, the preferred one first. */
  readonly versions: readonly string[];
}

const NAMESPACED = true;
const CLUSTER = false;

type Row = readonly [kind: string, resource: string, namespaced: boolean, versions: string];

/**
 * By group, from the discovery documents of Kubernetes 1.36.3 (`api/discovery/` in its repository), with what alpha
 * and beta groups serve. Subresources are not types of their own and are left out.
 */
const TABLE: readonly (readonly [group: string, rows: readonly Row[]])[] = [
  [
    "",
    [
      ["Binding", "bindings", NAMESPACED, "v1"],
      ["ComponentStatus", "componentstatuses", CLUSTER, "v1"],
      ["ConfigMap", "configmaps", NAMESPACED, "v1"],
      ["Endpoints", "endpoints", NAMESPACED, "v1"],
      ["Event", "events", NAMESPACED, "v1"],
      ["LimitRange", "limitranges", NAMESPACED, "v1"],
      ["Namespace", "namespaces", CLUSTER, "v1"],
      ["Node", "nodes", CLUSTER, "v1"],
      ["PersistentVolume", "persistentvolumes", CLUSTER, "v1"],
      ["PersistentVolumeClaim", "persistentvolumeclaims", NAMESPACED, "v1"],
      ["Pod", "pods", NAMESPACED, "v1"],
      ["PodTemplate", "podtemplates", NAMESPACED, "v1"],
      ["ReplicationController", "replicationcontrollers", NAMESPACED, "v1"],
      ["ResourceQuota", "resourcequotas", NAMESPACED, "v1"],
      ["Secret", "secrets", NAMESPACED, "v1"],
      ["Service", "services", NAMESPACED, "v1"],
      ["ServiceAccount", "serviceaccounts", NAMESPACED, "v1"],
    ],
  ],
  [
    "admissionregistration.k8s.io",
    [
      ["MutatingAdmissionPolicy", "mutatingadmissionpolicies", CLUSTER, "v1 v1beta1 v1alpha1"],
      ["MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings", CLUSTER, "v1 v1beta1 v1alpha1"],
      ["MutatingWebhookConfiguration", "mutatingwebhookconfigurations", CLUSTER, "v1"],
      ["ValidatingAdmissionPolicy", "validatingadmissionpolicies", CLUSTER, "v1"],
      ["ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", CLUSTER, "v1"],
      ["ValidatingWebhookConfiguration", "validatingwebhookconfigurations", CLUSTER, "v1"],
    ],
  ],
  ["apiextensions.k8s.io", [["CustomResourceDefinition", "customresourcedefinitions", CLUSTER, "v1"]]],
  ["apiregistration.k8s.io", [["APIService", "apiservices", CLUSTER, "v1"]]],
  [
    "apps",
    [
      ["ControllerRevision", "controllerrevisions", NAMESPACED, "v1"],
      ["DaemonSet", "daemonsets", NAMESPACED, "v1"],
      ["Deployment", "deployments", NAMESPACED, "v1"],
      ["ReplicaSet", "replicasets", NAMESPACED, "v1"],
      ["StatefulSet", "statefulsets", NAMESPACED, "v1"],
    ],
  ],
  [
    "authentication.k8s.io",
    [
      ["SelfSubjectReview", "selfsubjectreviews", CLUSTER, "v1"],
      ["TokenReview", "tokenreviews", CLUSTER, "v1"],
    ],
  ],
  [
    "authorization.k8s.io",
    [
      ["LocalSubjectAccessReview", "localsubjectaccessreviews", NAMESPACED, "v1"],
      ["SelfSubjectAccessReview", "selfsubjectaccessreviews", CLUSTER, "v1"],
      ["SelfSubjectRulesReview", "selfsubjectrulesreviews", CLUSTER, "v1"],
      ["SubjectAccessReview", "subjectaccessreviews", CLUSTER, "v1"],
    ],
  ],
  ["autoscaling", [["HorizontalPodAutoscaler", "horizontalpodautoscalers", NAMESPACED, "v2 v1"]]],
  [
    "batch",
    [
      ["CronJob", "cronjobs", NAMESPACED, "v1"],
      ["Job", "jobs", NAMESPACED, "v1"],
    ],
  ],
  [
    "certificates.k8s.io",
    [
      ["CertificateSigningRequest", "certificatesigningrequests", CLUSTER, "v1"],
      ["ClusterTrustBundle", "clustertrustbundles", CLUSTER, "v1beta1 v1alpha1"],
      ["PodCertificateRequest", "podcertificaterequests", NAMESPACED, "v1beta1"],
    ],
  ],
  [
    "coordination.k8s.io",
    [
      ["Lease", "leases", NAMESPACED, "v1"],
      ["LeaseCandidate", "leasecandidates", NAMESPACED, "v1beta1 v1alpha2"],
    ],
  ],
  ["discovery.k8s.io", [["EndpointSlice", "endpointslices", NAMESPACED, "v1"]]],
  ["events.k8s.io", [["Event", "events", NAMESPACED, "v1"]]],
  [
    "flowcontrol.apiserver.k8s.io",
    [
      ["FlowSchema", "flowschemas", CLUSTER, "v1"],
      ["PriorityLevelConfiguration", "prioritylevelconfigurations", CLUSTER, "v1"],
    ],
  ],
  ["internal.apiserver.k8s.io", [["StorageVersion", "storageversions", CLUSTER, "v1alpha1"]]],
  [
    "networking.k8s.io",
    [
      ["IPAddress", "ipaddresses", CLUSTER, "v1 v1beta1"],
      ["Ingress", "ingresses", NAMESPACED, "v1"],
      ["IngressClass", "ingressclasses", CLUSTER, "v1"],
      ["NetworkPolicy", "networkpolicies", NAMESPACED, "v1"],
      ["ServiceCIDR", "servicecidrs", CLUSTER, "v1 v1beta1"],
    ],
  ],
  ["node.k8s.io", [["RuntimeClass", "runtimeclasses", CLUSTER, "v1"]]],
  ["policy", [["PodDisruptionBudget", "poddisruptionbudgets", NAMESPACED, "v1"]]],
  [
    "rbac.authorization.k8s.io",
    [
      ["ClusterRole", "clusterroles", CLUSTER, "v1"],
      ["ClusterRoleBinding", "clusterrolebindings", CLUSTER, "v1"],
      ["Role", "roles", NAMESPACED, "v1"],
      ["RoleBinding", "rolebindings", NAMESPACED, "v1"],
    ],
  ],
  [
    "resource.k8s.io",
    [
      ["DeviceClass", "deviceclasses", CLUSTER, "v1 v1beta2 v1beta1"],
      ["DeviceTaintRule", "devicetaintrules", CLUSTER, "v1beta2 v1alpha3"],
      ["ResourceClaim", "resourceclaims", NAMESPACED, "v1 v1beta2 v1beta1"],
      ["ResourceClaimTemplate", "resourceclaimtemplates", NAMESPACED, "v1 v1beta2 v1beta1"],
      ["ResourcePoolStatusRequest", "resourcepoolstatusrequests", CLUSTER, "v1alpha3"],
      ["ResourceSlice", "resourceslices", CLUSTER, "v1 v1beta2 v1beta1"],
    ],
  ],
  [
    "scheduling.k8s.io",
    [
      ["PodGroup", "podgroups", NAMESPACED, "v1alpha2"],
      ["PriorityClass", "priorityclasses", CLUSTER, "v1"],
      ["Workload", "workloads", NAMESPACED, "v1alpha2"],
    ],
  ],
  [
    "storage.k8s.io",
    [
      ["CSIDriver", "csidrivers", CLUSTER, "v1"],
      ["CSINode", "csinodes", CLUSTER, "v1"],
      ["CSIStorageCapacity", "csistoragecapacities", NAMESPACED, "v1"],
      ["StorageClass", "storageclasses", CLUSTER, "v1"],
      ["VolumeAttachment", "volumeattachments", CLUSTER, "v1"],
      ["VolumeAttributesClass", "volumeattributesclasses", CLUSTER, "v1 v1beta1"],
    ],
  ],
  ["storagemigration.k8s.io", [["StorageVersionMigration", "storageversionmigrations", CLUSTER, "v1beta1"]]],
];

/** All built-in types, by group and kind. */
export const BUILT_IN_KINDS: readonly BuiltInKind[] = TABLE.flatMap(([group, rows]) =>
  rows.map(([kind, resource, namespaced, versions]) => ({
    group,
    kind,
    resource,
    namespaced,
    versions: versions.split(" "),
  })),
);

/** The built-in type of a kind, or undefined: then it is a custom resource, which only discovery knows. */
export function resourceOf(group: string, kind: string): BuiltInKind | undefined {
  return BUILT_IN_KINDS.find((type) => type.group === group && type.kind === kind);
}

/** Every built-in type of that name; `Event` is in two groups. */
export function kindsNamed(kind: string): readonly BuiltInKind[] {
  return BUILT_IN_KINDS.filter((type) => type.kind === kind);
}

/** The name of a type's resource as `match` and RBAC write it: `pods`, `deployments.apps`. */
export function qualifiedResource(type: Pick<BuiltInKind, "group" | "resource">): string {
  return type.group === "" ? type.resource : `${type.resource}.${type.group}`;
}
