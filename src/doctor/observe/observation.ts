import type { GeneratedWebhooks } from "../../cluster/webhooks/webhooks.ts";
import type { ServiceState } from "../../cluster/install/cluster.ts";
import type { ApiAnswer } from "../../cluster/api/request.ts";
import type { PortcullisError } from "../../error.ts";
import type { JsonObject } from "../../policy/json.ts";
import type {
  Definition,
  Deployment,
  Event,
  Lease,
  Named,
  NetworkPolicy,
  Pod,
  Secret,
  Service,
  StoredWebhooks,
} from "./objects.ts";
import type { Permission } from "../checks/permissions.ts";

/** What came of one look: the object, the knowledge that there is none, or nothing. */
export type Seen<T> =
  | { readonly kind: "seen"; readonly value: T }
  | { readonly kind: "absent" }
  | { readonly kind: "unseen"; readonly reason: string };

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
  /** All of the namespace; `pods.ts` says which count. */
  readonly pods: Seen<readonly Pod[]>;
  /** The warnings about Pods of the namespace. */
  readonly events: Seen<readonly Event[]>;
  readonly networkPolicies: Seen<readonly NetworkPolicy[]>;
  /** PEM of the authorities of `--client-ca`, undefined where its object lacks the key; absent where there is none. */
  readonly clientAuthority: Seen<string | undefined>;
  readonly secret: Seen<Secret>;
  readonly lease: Seen<Lease>;
  readonly validating: Seen<readonly StoredWebhooks[]>;
  readonly mutating: Seen<readonly StoredWebhooks[]>;
  readonly namespaces: Seen<readonly Named[]>;
  /** As they are stored; absent where the cluster has no such resource. */
  readonly policyBindings: Seen<readonly JsonObject[]>;
  /** The API server's answers to the dry runs of `answer-probe.ts`; absent where no webhooks are installed. */
  readonly answers: Seen<readonly ApiAnswer[]>;
  /** Of the others, why no API server answered. */
  readonly unseenAnswers: readonly string[];
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
export function runsWith(
  { deployment }: Pick<Observation, "deployment">,
  flag: `--${string}`,
): boolean | undefined {
  if (deployment.kind !== "seen") return undefined;
  const { containers } = deployment.value.spec.template.spec;
  return containers.some(({ args }) => args.some((arg) => arg === flag || arg.startsWith(`${flag}=`)));
}

/** What `--flag value` or `--flag=value` says; the last one counts. */
export function flagValue(args: readonly string[], flag: `--${string}`): string | undefined {
  const at = args.findLastIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
  if (at === -1) return undefined;
  const found = args[at];
  return found === undefined || found === flag ? args[at + 1] : found.slice(flag.length + 1);
}

/** Whether the Service leads to a host elsewhere, where nothing of the cluster tells how the server runs. */
export function isElsewhere({ serviceState }: Observation): boolean {
  return serviceState.kind === "seen" && serviceState.value === "external";
}
