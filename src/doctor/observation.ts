import { z } from "zod";
import type { GeneratedWebhooks } from "../cluster/webhooks/webhooks.ts";
import type { ServiceState } from "../cluster/install/cluster.ts";
import type { ApiAnswer } from "../cluster/api/request.ts";
import type { PortcullisError } from "../error.ts";
import { isJsonObject, type JsonObject } from "../policy/json.ts";
import type { Permission } from "./permissions.ts";

/** What came of one look: the object, the knowledge that there is none, or nothing. */
export type Seen<T> =
  | { readonly kind: "seen"; readonly value: T }
  | { readonly kind: "absent" }
  | { readonly kind: "unseen"; readonly reason: string };

/** As `metav1.ObjectMeta`. */
const Metadata = z.object({
  name: z.string(),
  namespace: z.string().default(""),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
  deletionTimestamp: z.string().optional(),
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

/** Any object of which only the metadata counts. */
export const Named = z.object({ metadata: Metadata });
export type Named = z.infer<typeof Named>;

/** `apiextensions.k8s.io/v1` CustomResourceDefinition. */
export const Definition = z.object({
  metadata: Metadata,
  spec: z.custom<JsonObject>(isJsonObject),
  status: z
    .object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) })
    .default({ conditions: [] }),
});
export type Definition = z.infer<typeof Definition>;

/** `apps/v1` Deployment. */
export const Deployment = z.object({
  metadata: Metadata,
  spec: z.object({
    replicas: z.number().default(1),
    template: z.object({
      metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }).default({ labels: {} }),
      spec: z.object({
        serviceAccountName: z.string().default("default"),
        containers: z.array(
          z.object({
            name: z.string(),
            image: z.string().default(""),
            args: z.array(z.string()).default([]),
          }),
        ),
      }),
    }),
  }),
  status: z.object({ readyReplicas: z.number().default(0) }).default({ readyReplicas: 0 }),
});
export type Deployment = z.infer<typeof Deployment>;

/** `v1` Pod. */
export const Pod = z.object({
  metadata: Metadata,
  spec: z.object({ containers: z.array(z.object({ name: z.string(), image: z.string().default("") })) }),
  status: z
    .object({
      containerStatuses: z
        .array(
          z.object({
            name: z.string(),
            imageID: z.string().default(""),
            state: z
              .object({
                waiting: z
                  .object({ reason: z.string().default(""), message: z.string().default("") })
                  .optional(),
              })
              .default({}),
          }),
        )
        .default([]),
    })
    .default({ containerStatuses: [] }),
});
export type Pod = z.infer<typeof Pod>;

/** `v1` Service. */
export const Service = z.object({
  metadata: Metadata,
  spec: z.object({
    selector: z.record(z.string(), z.string()).optional(),
    ports: z.array(z.object({ port: z.number() })).default([]),
  }),
});
export type Service = z.infer<typeof Service>;

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
    .default({ holderIdentity: "", leaseTransitions: 0 }),
});
export type Lease = z.infer<typeof Lease>;

/** `admissionregistration.k8s.io/v1` ValidatingWebhookConfiguration or MutatingWebhookConfiguration. */
export const StoredWebhooks = z.object({
  metadata: Metadata,
  webhooks: z.array(z.custom<JsonObject>(isJsonObject)).default([]),
});
export type StoredWebhooks = z.infer<typeof StoredWebhooks>;

/** A permission, and whether somebody has it. */
export interface Granted {
  readonly permission: Permission;
  readonly allowed: Seen<boolean>;
}

/** What the policies and bindings need, or why that is not known. */
type Expected =
  | {
      readonly kind: "known";
      readonly webhooks: GeneratedWebhooks;
      /** `namespaceLabel` of the exclusions. */
      readonly exemptionLabel: string;
    }
  | { readonly kind: "unknown"; readonly reason: string };

/** A cluster as it was seen at one moment. */
export interface Observation {
  /** URL of the API server. */
  readonly server: string;
  /** `--service`. */
  readonly service: { readonly namespace: string; readonly name: string; readonly port: number };
  /** The clock here. */
  readonly localTime: Date;
  /** The API server's at the same moment; undefined if it does not say. */
  readonly apiTime: Date | undefined;
  readonly version: Seen<{ readonly major: number; readonly minor: number }>;
  readonly ownPermissions: readonly Granted[];
  readonly definition: Seen<Definition>;
  readonly namespace: Seen<Named>;
  /** That the Pods of the Deployment run with; without one the name of the Service. */
  readonly accountName: string;
  readonly account: Seen<Named>;
  readonly accountPermissions: readonly Granted[];
  readonly deployment: Seen<Deployment>;
  readonly serviceObject: Seen<Service>;
  readonly serviceState: Seen<ServiceState>;
  readonly pods: Seen<readonly Pod[]>;
  readonly secret: Seen<Secret>;
  readonly lease: Seen<Lease>;
  readonly validating: Seen<readonly StoredWebhooks[]>;
  readonly mutating: Seen<readonly StoredWebhooks[]>;
  readonly namespaces: Seen<readonly Named[]>;
  /** As they are stored; absent where the cluster has no such resource. */
  readonly policyBindings: Seen<readonly JsonObject[]>;
  /** The API server's answer to the dry run of `answer-probe.ts`; absent where no webhooks are installed. */
  readonly answer: Seen<ApiAnswer>;
}

/** Everything that the checks look at: a cluster, and what it should be like. */
export interface Facts extends Observation {
  readonly expected: Expected;
  /** Why its PolicyBindings cannot be loaded beside the policies and bindings given; undefined if they can be. */
  readonly bindings: Seen<PortcullisError | undefined>;
}

/** The same of what is in a seen list by its name. */
export function named<T extends Named>(list: Seen<readonly T[]>, name: string): Seen<T> {
  if (list.kind !== "seen") return list;
  const value = list.value.find(({ metadata }) => metadata.name === name);
  return value === undefined ? { kind: "absent" } : { kind: "seen", value };
}

/** The clock by which certificates count: the API server verifies them. */
export function clusterTime({ apiTime, localTime }: Observation): Date {
  return apiTime ?? localTime;
}

/** Whether the Pods of the Deployment run with a flag; undefined where no Deployment can tell. */
export function runsWith({ deployment }: Observation, flag: `--${string}`): boolean | undefined {
  if (deployment.kind !== "seen") return undefined;
  return deployment.value.spec.template.spec.containers.some(({ args }) => args.includes(flag));
}

/** Whether the Service leads to a host elsewhere, where nothing of the cluster tells how the server runs. */
export function isElsewhere({ serviceState }: Observation): boolean {
  return serviceState.kind === "seen" && serviceState.value === "external";
}
