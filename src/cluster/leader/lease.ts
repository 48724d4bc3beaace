import { z } from "zod";
import { PortcullisError } from "../../error.ts";
import { apiError, messageOf } from "../api/error.ts";
import type { ApiAnswer, SendRequest } from "../api/request.ts";
import { readAnswer } from "../api/read-answer.ts";

/** `coordination.k8s.io/v1` LeaseSpec, as far as an election needs it. */
export interface LeaseSpec {
  /** Empty if nobody holds it. */
  readonly holderIdentity: string;
  readonly leaseDurationSeconds: number;
  /** MicroTime, or empty if it is not known; for people only, since no clock but one's own is trusted. */
  readonly acquireTime: string;
  readonly renewTime: string;
  /** 0 to MAX_TRANSITIONS. */
  readonly leaseTransitions: number;
}

/** `leaseTransitions` is an int32. */
export const MAX_TRANSITIONS = 2 ** 31 - 1;

export interface StoredLease {
  readonly spec: LeaseSpec;
  readonly resourceVersion: string;
}

/** A Lease with optimistic concurrency. Both methods throw a PortcullisError if there is no such answer. */
export interface LeaseStore {
  /** Undefined if there is none. */
  readonly read: () => Promise<StoredLease | undefined>;
  /** Without a version it is created. Undefined if somebody else has changed, made or deleted it since. */
  readonly write: (spec: LeaseSpec, resourceVersion: string | undefined) => Promise<StoredLease | undefined>;
}

export interface LeaseId {
  readonly namespace: string;
  readonly name: string;
}

/** Milliseconds for one call: a holder must be able to try again before its time is over (client-go: half of that). */
const CALL_DEADLINE = 5_000;

/** The Lease of that name, through the API server. */
export function leaseStore(send: SendRequest, { namespace, name }: LeaseId): LeaseStore {
  const leases = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
  const path = `${leases}/${encodeURIComponent(name)}`;
  const labels = { "app.kubernetes.io/name": "portcullis" };
  return {
    read: async () => {
      const signal = AbortSignal.timeout(CALL_DEADLINE);
      const answer = await send({ method: "GET", path, signal });
      return answer.code === 404 ? undefined : stored(answer, "show", { namespace, name });
    },
    write: async (spec, resourceVersion) => {
      const version = resourceVersion === undefined ? {} : { resourceVersion };
      const metadata = { namespace, name, labels, ...version };
      const value = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec };
      const isNew = resourceVersion === undefined;
      const answer = await send({
        ...(isNew ? { method: "POST", path: leases } : { method: "PUT", path }),
        body: { type: "application/json", value },
        signal: AbortSignal.timeout(CALL_DEADLINE),
      });
      const isOutdated = answer.code === 409 || (answer.code === 404 && !isNew);
      if (!isNew && (answer.code === 400 || answer.code === 422))
        throw unwritable(answer, { namespace, name });
      return isOutdated ? undefined : stored(answer, "write", { namespace, name });
    },
  };
}

/** What is written is always valid, so something in what is there must be in the way. Without the Lease a new one is made. */
function unwritable(answer: ApiAnswer, { namespace, name }: LeaseId): PortcullisError {
  return new PortcullisError("CLUSTER_REFUSED", {
    message: `The API server did not write the Lease ${namespace}/${name}: ${messageOf(answer)}.`,
    remedy: `Delete it with \`kubectl delete lease ${name} --namespace ${namespace}\`: a replica makes it again within seconds.`,
  });
}

const NOBODYS: LeaseSpec = {
  holderIdentity: "",
  leaseDurationSeconds: 0,
  acquireTime: "",
  renewTime: "",
  leaseTransitions: 0,
};

/** As the API server writes it, which takes nothing else than it can read: not what lies after the year 9999. */
const MicroTime = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  .refine((time) => !Number.isNaN(Date.parse(time)));

/** Whatever somebody may have written into it instead counts as nobody's. */
const Lease = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string() }),
  spec: z
    .object({
      holderIdentity: z.string().catch(NOBODYS.holderIdentity),
      leaseDurationSeconds: z.number().catch(NOBODYS.leaseDurationSeconds),
      acquireTime: MicroTime.catch(NOBODYS.acquireTime),
      renewTime: MicroTime.catch(NOBODYS.renewTime),
      leaseTransitions: z.int().min(0).max(MAX_TRANSITIONS).catch(NOBODYS.leaseTransitions),
    })
    .catch(NOBODYS),
});

function stored(answer: ApiAnswer, doing: "show" | "write", { namespace, name }: LeaseId): StoredLease {
  const lease = `Lease ${namespace}/${name}`;
  if (answer.code !== 200 && answer.code !== 201) throw apiError(answer, `${doing} the ${lease}`);
  const { metadata, spec } = readAnswer(Lease, answer.body, lease);
  return { spec, resourceVersion: metadata.resourceVersion };
}
