/** What `portcullis doctor` reads of the objects of a cluster; everything else of them is left out. */
import { z } from "zod";
import { isJsonObject, type JsonObject } from "../../policy/json.ts";

/** As `metav1.ObjectMeta`. */
const Metadata = z.object({
  name: z.string(),
  namespace: z.string().default(""),
  generation: z.number().default(0),
  creationTimestamp: z.coerce.date().optional(),
  deletionTimestamp: z.string().optional(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
  ownerReferences: z.array(z.object({ kind: z.string(), name: z.string() })).default([]),
  managedFields: z
    .array(
      z.object({
        manager: z.string().default(""),
        operation: z.string().default(""),
        time: z.coerce.date().optional(),
        fieldsV1: z.custom<JsonObject>(isJsonObject).optional(),
      }),
    )
    .default([]),
});

/** Of a `status`, in the words of whoever keeps it. */
const Conditions = z
  .array(
    z.object({
      type: z.string(),
      status: z.string(),
      reason: z.string().default(""),
      message: z.string().default(""),
    }),
  )
  .default([]);
type Conditions = z.infer<typeof Conditions>;

/** The condition, if it is there and true or false as wanted. */
export function conditionOf(
  conditions: Conditions,
  type: string,
  status: "True" | "False",
): Conditions[number] | undefined {
  return conditions.find((each) => each.type === type && each.status === status);
}

/** Any object of which only the metadata counts. */
export const Named = z.object({ metadata: Metadata });
export type Named = z.infer<typeof Named>;

/** `apiextensions.k8s.io/v1` CustomResourceDefinition. */
export const Definition = z.object({
  metadata: Metadata,
  spec: z.custom<JsonObject>(isJsonObject),
  status: z.object({ conditions: Conditions }).prefault({}),
});
export type Definition = z.infer<typeof Definition>;

const Container = z.object({
  name: z.string(),
  image: z.string().default(""),
  args: z.array(z.string()).default([]),
  ports: z.array(z.object({ name: z.string().default(""), containerPort: z.number() })).default([]),
  volumeMounts: z
    .array(
      z.object({
        name: z.string(),
        mountPath: z.string(),
        subPath: z.string().default(""),
        subPathExpr: z.string().default(""),
      }),
    )
    .default([]),
});
export type Container = z.infer<typeof Container>;

/** Which keys become which files; without any, each key one of its name. */
const Items = z.array(z.object({ key: z.string(), path: z.string() })).default([]);

/** Where the files of a volume come from, as far as it can be looked at. */
const Volume = z.object({
  name: z.string(),
  configMap: z.object({ name: z.string(), items: Items }).optional(),
  secret: z.object({ secretName: z.string(), items: Items }).optional(),
});
export type Volume = z.infer<typeof Volume>;

/** `apps/v1` Deployment. */
export const Deployment = z.object({
  metadata: Metadata,
  spec: z.object({
    replicas: z.number().default(1),
    template: z.object({
      metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }).prefault({}),
      spec: z.object({
        serviceAccountName: z.string().default("default"),
        containers: z.array(Container),
        volumes: z.array(Volume).default([]),
      }),
    }),
  }),
  status: z
    .object({
      observedGeneration: z.number().default(0),
      replicas: z.number().default(0),
      readyReplicas: z.number().default(0),
      updatedReplicas: z.number().default(0),
      conditions: Conditions,
    })
    .prefault({}),
});
export type Deployment = z.infer<typeof Deployment>;

const Terminated = z.object({
  reason: z.string().default(""),
  message: z.string().default(""),
  exitCode: z.number().default(0),
  finishedAt: z.coerce.date().optional(),
});

const ContainerStatus = z.object({
  name: z.string(),
  imageID: z.string().default(""),
  restartCount: z.number().default(0),
  state: z
    .object({
      waiting: z.object({ reason: z.string().default(""), message: z.string().default("") }).optional(),
      terminated: Terminated.optional(),
    })
    .default({}),
  lastState: z.object({ terminated: Terminated.optional() }).default({}),
});
export type ContainerStatus = z.infer<typeof ContainerStatus>;

/** `v1` Pod. */
export const Pod = z.object({
  metadata: Metadata,
  spec: z.object({ containers: z.array(Container), hostNetwork: z.boolean().default(false) }),
  status: z
    .object({
      phase: z.string().default(""),
      conditions: Conditions,
      initContainerStatuses: z.array(ContainerStatus).default([]),
      containerStatuses: z.array(ContainerStatus).default([]),
    })
    .prefault({}),
});
export type Pod = z.infer<typeof Pod>;

/** `v1` Event. */
export const Event = z.object({
  involvedObject: z.object({ kind: z.string().default(""), name: z.string().default("") }).prefault({}),
  reason: z.string().default(""),
  message: z.string().default(""),
  firstTimestamp: z.coerce.date().nullish(),
  lastTimestamp: z.coerce.date().nullish(),
  eventTime: z.coerce.date().nullish(),
});
export type Event = z.infer<typeof Event>;

/** `v1` Service. */
export const Service = z.object({
  metadata: Metadata,
  spec: z.object({
    type: z.string().default("ClusterIP"),
    selector: z.record(z.string(), z.string()).optional(),
    ports: z
      .array(z.object({ port: z.number(), targetPort: z.union([z.number(), z.string()]).optional() }))
      .default([]),
  }),
});
export type Service = z.infer<typeof Service>;

/** `networking.k8s.io/v1` NetworkPolicy: what it lets in. */
export const NetworkPolicy = z.object({
  metadata: Metadata,
  spec: z.object({
    podSelector: z.custom<JsonObject>(isJsonObject).default({}),
    policyTypes: z.array(z.string()).default(["Ingress"]),
    ingress: z
      .array(
        z.object({
          from: z.array(z.custom<JsonObject>(isJsonObject)).default([]),
          ports: z
            .array(
              z.object({
                protocol: z.string().default("TCP"),
                port: z.union([z.number(), z.string()]).optional(),
                endPort: z.number().optional(),
              }),
            )
            .default([]),
        }),
      )
      .default([]),
  }),
});
export type NetworkPolicy = z.infer<typeof NetworkPolicy>;

/** `v1` Secret; the values are base64. */
export const Secret = z.object({
  metadata: Metadata,
  immutable: z.boolean().default(false),
  data: z.record(z.string(), z.string()).default({}),
});
export type Secret = z.infer<typeof Secret>;

/** `coordination.k8s.io/v1` Lease. */
export const Lease = z.object({
  metadata: Metadata,
  spec: z
    .object({
      holderIdentity: z.string().default(""),
      leaseTransitions: z.number().default(0),
      renewTime: z.coerce.date().optional(),
    })
    .prefault({}),
});
export type Lease = z.infer<typeof Lease>;

/** `admissionregistration.k8s.io/v1` ValidatingWebhookConfiguration or MutatingWebhookConfiguration. */
export const StoredWebhooks = z.object({
  metadata: Metadata,
  webhooks: z.array(z.custom<JsonObject>(isJsonObject)).default([]),
});
export type StoredWebhooks = z.infer<typeof StoredWebhooks>;
