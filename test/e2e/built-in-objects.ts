/** One object of every kind that an API server has by itself and that can be created with kubectl. */
import { podSpec, SHOP } from "./objects.ts";

type Members = Readonly<Record<string, unknown>>;

export interface BuiltInObject {
  /** As `kubectl api-resources --output=name` has it. */
  readonly resource: string;
  readonly object: Members & { readonly metadata: Members };
  /** Whether the shipped packs deny some of its kind when they are created or changed. */
  readonly isCovered: boolean;
  /** False for what is only answered, never stored, and for what would disturb the control plane. */
  readonly isStored: boolean;
}

const NAME = "thing";
const LABELS = { "app.kubernetes.io/name": NAME, team: "web", "cost-center": "4711" };
/** Of Pods of templates, or their controllers would take the Pod of the table for theirs. */
const POD_LABELS = { ...LABELS, "app.kubernetes.io/name": "of-a-template" };
const SELECTOR = { matchLabels: POD_LABELS };
const TEMPLATE = { metadata: { labels: POD_LABELS }, spec: podSpec({}) };
const ONCE = { ...TEMPLATE, spec: { ...podSpec({}), restartPolicy: "Never" } };
const RULES = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
const ROLE = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" };
const SUBJECTS = [{ kind: "ServiceAccount", name: "default", namespace: SHOP }];
const ACCESS = { verb: "get", resource: "pods" };
const POLICY = {
  matchConstraints: {
    resourceRules: [
      { apiGroups: ["example.com"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["things"] },
    ],
  },
  failurePolicy: "Ignore",
};

interface Scope {
  readonly namespace?: string;
}
const IN_SHOP: Scope = { namespace: SHOP };
const IN_CLUSTER: Scope = {};

function thing(
  resource: string,
  [apiVersion, kind]: readonly [string, string],
  { namespace }: Scope,
  members: Members = {},
): BuiltInObject {
  const metadata = { name: NAME, labels: LABELS, ...(namespace === undefined ? {} : { namespace }) };
  return {
    resource,
    object: { apiVersion, kind, metadata, ...members },
    isCovered: false,
    isStored: true,
  };
}

/** A kind of the packs: Pods, and whatever makes Pods. */
function covered(resource: string, type: readonly [string, string], members: Members): BuiltInObject {
  return { ...thing(resource, type, IN_SHOP, members), isCovered: true };
}

/** Only ever sent as a dry run. */
function pretended(...args: Parameters<typeof thing>): BuiltInObject {
  return { ...thing(...args), isStored: false };
}

function named(name: string, { object, ...others }: BuiltInObject): BuiltInObject {
  return { ...others, object: { ...object, metadata: { labels: LABELS, name } } };
}

const COVERED: readonly BuiltInObject[] = [
  covered("pods", ["v1", "Pod"], { spec: podSpec({}) }),
  covered("podtemplates", ["v1", "PodTemplate"], { template: TEMPLATE }),
  covered("replicationcontrollers", ["v1", "ReplicationController"], {
    spec: { replicas: 0, selector: POD_LABELS, template: TEMPLATE },
  }),
  covered("daemonsets.apps", ["apps/v1", "DaemonSet"], { spec: { selector: SELECTOR, template: TEMPLATE } }),
  covered("deployments.apps", ["apps/v1", "Deployment"], {
    spec: { replicas: 0, selector: SELECTOR, template: TEMPLATE },
  }),
  covered("replicasets.apps", ["apps/v1", "ReplicaSet"], {
    spec: { replicas: 0, selector: SELECTOR, template: TEMPLATE },
  }),
  covered("statefulsets.apps", ["apps/v1", "StatefulSet"], {
    spec: { replicas: 0, serviceName: NAME, selector: SELECTOR, template: TEMPLATE },
  }),
  covered("jobs.batch", ["batch/v1", "Job"], {
    spec: { suspend: true, template: ONCE },
  }),
  covered("cronjobs.batch", ["batch/v1", "CronJob"], {
    spec: {
      schedule: "0 0 1 1 *",
      suspend: true,
      jobTemplate: {
        spec: { template: ONCE },
      },
    },
  }),
];

const CORE: readonly BuiltInObject[] = [
  thing("configmaps", ["v1", "ConfigMap"], IN_SHOP, { data: { a: "b" } }),
  thing("endpoints", ["v1", "Endpoints"], IN_SHOP),
  thing("events", ["v1", "Event"], IN_SHOP, {
    involvedObject: { kind: "Pod", namespace: SHOP, name: NAME },
    reason: "Test",
    type: "Normal",
  }),
  thing("limitranges", ["v1", "LimitRange"], IN_SHOP, { spec: { limits: [] } }),
  thing("namespaces", ["v1", "Namespace"], IN_CLUSTER),
  thing("nodes", ["v1", "Node"], IN_CLUSTER),
  thing("persistentvolumeclaims", ["v1", "PersistentVolumeClaim"], IN_SHOP, {
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  }),
  thing("persistentvolumes", ["v1", "PersistentVolume"], IN_CLUSTER, {
    spec: { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, hostPath: { path: "/none" } },
  }),
  thing("resourcequotas", ["v1", "ResourceQuota"], IN_SHOP, { spec: { hard: { "count/leases": "100" } } }),
  thing("secrets", ["v1", "Secret"], IN_SHOP, { stringData: { a: "b" } }),
  thing("serviceaccounts", ["v1", "ServiceAccount"], IN_SHOP),
  thing("services", ["v1", "Service"], IN_SHOP, { spec: { ports: [{ port: 80 }] } }),
];

const EXTENSIONS: readonly BuiltInObject[] = [
  ...(["Mutating", "Validating"] as const).map((type) =>
    thing(
      `${type.toLowerCase()}webhookconfigurations.admissionregistration.k8s.io`,
      ["admissionregistration.k8s.io/v1", `${type}WebhookConfiguration`],
      IN_CLUSTER,
      { webhooks: [] },
    ),
  ),
  thing(
    "validatingadmissionpolicies.admissionregistration.k8s.io",
    ["admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"],
    IN_CLUSTER,
    { spec: { ...POLICY, validations: [{ expression: "true" }] } },
  ),
  thing(
    "validatingadmissionpolicybindings.admissionregistration.k8s.io",
    ["admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding"],
    IN_CLUSTER,
    { spec: { policyName: NAME, validationActions: ["Audit"] } },
  ),
  thing(
    "mutatingadmissionpolicies.admissionregistration.k8s.io",
    ["admissionregistration.k8s.io/v1", "MutatingAdmissionPolicy"],
    IN_CLUSTER,
    {
      spec: {
        ...POLICY,
        reinvocationPolicy: "Never",
        mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression: "Object{}" } }],
      },
    },
  ),
  thing(
    "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
    ["admissionregistration.k8s.io/v1", "MutatingAdmissionPolicyBinding"],
    IN_CLUSTER,
    { spec: { policyName: NAME } },
  ),
  named(
    "things.example.com",
    pretended(
      "customresourcedefinitions.apiextensions.k8s.io",
      ["apiextensions.k8s.io/v1", "CustomResourceDefinition"],
      IN_CLUSTER,
      {
        spec: {
          group: "example.com",
          names: { kind: "Thing", plural: "things" },
          scope: "Namespaced",
          versions: [
            { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } },
          ],
        },
      },
    ),
  ),
  named(
    "v1.none.example.com",
    pretended("apiservices.apiregistration.k8s.io", ["apiregistration.k8s.io/v1", "APIService"], IN_CLUSTER, {
      spec: {
        group: "none.example.com",
        version: "v1",
        groupPriorityMinimum: 1,
        versionPriority: 1,
        service: { namespace: SHOP, name: NAME },
        insecureSkipTLSVerify: true,
      },
    }),
  ),
];

const REVIEWS: readonly BuiltInObject[] = [
  pretended(
    "selfsubjectreviews.authentication.k8s.io",
    ["authentication.k8s.io/v1", "SelfSubjectReview"],
    IN_CLUSTER,
  ),
  pretended("tokenreviews.authentication.k8s.io", ["authentication.k8s.io/v1", "TokenReview"], IN_CLUSTER, {
    spec: { token: "none" },
  }),
  ...(["SelfSubjectAccessReview", "SubjectAccessReview"] as const).map((kind) =>
    pretended(`${kind.toLowerCase()}s.authorization.k8s.io`, ["authorization.k8s.io/v1", kind], IN_CLUSTER, {
      metadata: {},
      spec: { resourceAttributes: ACCESS, ...(kind.startsWith("Self") ? {} : { user: "jane" }) },
    }),
  ),
  pretended(
    "localsubjectaccessreviews.authorization.k8s.io",
    ["authorization.k8s.io/v1", "LocalSubjectAccessReview"],
    IN_SHOP,
    {
      metadata: { namespace: SHOP },
      spec: { resourceAttributes: { ...ACCESS, namespace: SHOP }, user: "jane" },
    },
  ),
  pretended(
    "selfsubjectrulesreviews.authorization.k8s.io",
    ["authorization.k8s.io/v1", "SelfSubjectRulesReview"],
    IN_CLUSTER,
    { spec: { namespace: SHOP } },
  ),
];

const OTHERS: readonly BuiltInObject[] = [
  thing("controllerrevisions.apps", ["apps/v1", "ControllerRevision"], IN_SHOP, { revision: 1, data: {} }),
  thing("horizontalpodautoscalers.autoscaling", ["autoscaling/v2", "HorizontalPodAutoscaler"], IN_SHOP, {
    spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: NAME }, maxReplicas: 2 },
  }),
  thing("leases.coordination.k8s.io", ["coordination.k8s.io/v1", "Lease"], IN_SHOP),
  thing("endpointslices.discovery.k8s.io", ["discovery.k8s.io/v1", "EndpointSlice"], IN_SHOP, {
    addressType: "IPv4",
    endpoints: [],
  }),
  pretended("events.events.k8s.io", ["events.k8s.io/v1", "Event"], IN_SHOP, {
    regarding: { kind: "Pod", namespace: SHOP, name: NAME },
    reason: "Test",
    action: "Test",
    type: "Normal",
    eventTime: "2026-01-01T00:00:00.000000Z",
    reportingController: "example.com/test",
    reportingInstance: "test",
  }),
  thing(
    "flowschemas.flowcontrol.apiserver.k8s.io",
    ["flowcontrol.apiserver.k8s.io/v1", "FlowSchema"],
    IN_CLUSTER,
    { spec: { priorityLevelConfiguration: { name: "exempt" } } },
  ),
  thing(
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
    ["flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfiguration"],
    IN_CLUSTER,
    { spec: { type: "Limited", limited: { limitResponse: { type: "Reject" } } } },
  ),
  thing("ingressclasses.networking.k8s.io", ["networking.k8s.io/v1", "IngressClass"], IN_CLUSTER, {
    spec: { controller: "example.com/none" },
  }),
  thing("ingresses.networking.k8s.io", ["networking.k8s.io/v1", "Ingress"], IN_SHOP, {
    spec: { defaultBackend: { service: { name: NAME, port: { number: 80 } } } },
  }),
  named(
    "10.1.2.3",
    pretended("ipaddresses.networking.k8s.io", ["networking.k8s.io/v1", "IPAddress"], IN_CLUSTER, {
      spec: { parentRef: { resource: "services", namespace: SHOP, name: NAME } },
    }),
  ),
  thing("networkpolicies.networking.k8s.io", ["networking.k8s.io/v1", "NetworkPolicy"], IN_SHOP, {
    spec: { podSelector: {} },
  }),
  pretended("servicecidrs.networking.k8s.io", ["networking.k8s.io/v1", "ServiceCIDR"], IN_CLUSTER, {
    spec: { cidrs: ["10.9.0.0/24"] },
  }),
  thing("runtimeclasses.node.k8s.io", ["node.k8s.io/v1", "RuntimeClass"], IN_CLUSTER, { handler: "none" }),
  thing("poddisruptionbudgets.policy", ["policy/v1", "PodDisruptionBudget"], IN_SHOP, {
    spec: { maxUnavailable: 1, selector: { matchLabels: { none: "none" } } },
  }),
  thing(
    "clusterrolebindings.rbac.authorization.k8s.io",
    ["rbac.authorization.k8s.io/v1", "ClusterRoleBinding"],
    IN_CLUSTER,
    { roleRef: ROLE, subjects: SUBJECTS },
  ),
  thing(
    "clusterroles.rbac.authorization.k8s.io",
    ["rbac.authorization.k8s.io/v1", "ClusterRole"],
    IN_CLUSTER,
    { rules: RULES },
  ),
  thing("rolebindings.rbac.authorization.k8s.io", ["rbac.authorization.k8s.io/v1", "RoleBinding"], IN_SHOP, {
    roleRef: ROLE,
    subjects: SUBJECTS,
  }),
  thing("roles.rbac.authorization.k8s.io", ["rbac.authorization.k8s.io/v1", "Role"], IN_SHOP, {
    rules: RULES,
  }),
  thing("priorityclasses.scheduling.k8s.io", ["scheduling.k8s.io/v1", "PriorityClass"], IN_CLUSTER, {
    value: 1,
  }),
  thing("csidrivers.storage.k8s.io", ["storage.k8s.io/v1", "CSIDriver"], IN_CLUSTER, { spec: {} }),
  thing("csinodes.storage.k8s.io", ["storage.k8s.io/v1", "CSINode"], IN_CLUSTER, { spec: { drivers: [] } }),
  thing("csistoragecapacities.storage.k8s.io", ["storage.k8s.io/v1", "CSIStorageCapacity"], IN_SHOP, {
    storageClassName: "none",
  }),
  thing("storageclasses.storage.k8s.io", ["storage.k8s.io/v1", "StorageClass"], IN_CLUSTER, {
    provisioner: "example.com/none",
  }),
  thing("volumeattachments.storage.k8s.io", ["storage.k8s.io/v1", "VolumeAttachment"], IN_CLUSTER, {
    spec: { attacher: "example.com", nodeName: NAME, source: { persistentVolumeName: NAME } },
  }),
  thing(
    "volumeattributesclasses.storage.k8s.io",
    ["storage.k8s.io/v1", "VolumeAttributesClass"],
    IN_CLUSTER,
    { driverName: "example.com", parameters: { a: "b" } },
  ),
  thing("deviceclasses.resource.k8s.io", ["resource.k8s.io/v1", "DeviceClass"], IN_CLUSTER, { spec: {} }),
  thing("resourceclaims.resource.k8s.io", ["resource.k8s.io/v1", "ResourceClaim"], IN_SHOP, {
    spec: { devices: { requests: [{ name: "a", exactly: { deviceClassName: NAME } }] } },
  }),
  thing("resourceclaimtemplates.resource.k8s.io", ["resource.k8s.io/v1", "ResourceClaimTemplate"], IN_SHOP, {
    spec: { spec: { devices: { requests: [{ name: "a", exactly: { deviceClassName: NAME } }] } } },
  }),
  thing("resourceslices.resource.k8s.io", ["resource.k8s.io/v1", "ResourceSlice"], IN_CLUSTER, {
    spec: {
      driver: "none.example.com",
      allNodes: true,
      pool: { name: "none", generation: 1, resourceSliceCount: 1 },
      devices: [],
    },
  }),
];

export const BUILT_IN: readonly BuiltInObject[] = [...COVERED, ...CORE, ...EXTENSIONS, ...REVIEWS, ...OTHERS];
