/** An installation in which nothing is wrong, for tests that break one thing of it. */
import {
  createAuthority,
  createServerCertificate,
  type KeyPair,
} from "../../src/certificates/certificate.ts";
import { recorded, RECORD_ANNOTATION } from "../../src/cluster/install/record.ts";
import { webhookConfigurations } from "../../src/cluster/webhooks/webhooks.ts";
import type { WebhookConfiguration } from "../../src/cluster/webhooks/configuration.ts";
import { diagnose } from "../../src/doctor/diagnose.ts";
import {
  Definition,
  Deployment,
  Lease,
  Named,
  Pod,
  Secret,
  Service,
  StoredWebhooks,
} from "../../src/doctor/observe/objects.ts";
import type { Facts, Seen } from "../../src/doctor/observe/observation.ts";
import { doctorPermissions, serverPermissions } from "../../src/doctor/checks/permissions.ts";
import { customResourceDefinitions } from "../../src/policy/custom-resource-definition.ts";
import { samplePolicy, sampleSnapshot } from "../samples.ts";

export const NOW = new Date("2026-03-01T12:00:00Z");
const DAY = 24 * 60 * 60 * 1_000;

export function daysFromNow(days: number): Date {
  return new Date(NOW.getTime() + days * DAY);
}

export const SERVICE = { namespace: "portcullis-system", name: "portcullis", port: 8443 };
const HOST = "portcullis.portcullis-system.svc";

export function seen<T>(value: T): Seen<T> {
  return { kind: "seen", value };
}
export const ABSENT = { kind: "absent" } as const;
export const UNSEEN = { kind: "unseen", reason: "you may not." } as const;

export const AUTHORITY = await createAuthority("Portcullis", 700, NOW);

/** For the Service, unless told otherwise. */
export function leaf(
  days: number,
  {
    issued = NOW,
    authority = AUTHORITY,
    name = HOST,
  }: { issued?: Date; authority?: KeyPair; name?: string } = {},
): Promise<KeyPair> {
  return createServerCertificate({ dns: [name], ip: [] }, days, authority, issued);
}

const LEAF = await leaf(90);

/** Keys of `texts` replace those of a good one. */
export function secret(
  texts: Readonly<Record<string, string | undefined>> = {},
  metadata: object = {},
): Secret {
  const all = {
    "tls.crt": LEAF.cert,
    "tls.key": LEAF.key,
    "ca.crt": AUTHORITY.cert,
    "ca.key": AUTHORITY.key,
    ...texts,
  };
  const data: Record<string, string> = {};
  for (const [key, text] of Object.entries(all))
    if (text !== undefined) data[key] = Buffer.from(text).toString("base64");
  return Secret.parse({ metadata: { name: "portcullis-tls", ...metadata }, data });
}

const CA_BUNDLE = Buffer.from(AUTHORITY.cert).toString("base64");

const GENERATED = webhookConfigurations(
  sampleSnapshot({
    policies: [
      samplePolicy("shop/owner", { entrypoints: { deny: "shop/owner/deny", patch: "shop/owner/patch" } }),
    ],
  }),
  { service: SERVICE, caBundle: undefined },
);

/** As an API server stores it; `change` may alter every entry. */
export function stored(
  configuration: WebhookConfiguration,
  change: (entry: Record<string, unknown>) => object | undefined = (entry) => entry,
): StoredWebhooks {
  const { metadata, webhooks } = recorded(configuration, { service: SERVICE, caBundle: undefined });
  const entries = webhooks.map((entry) => ({
    ...entry,
    clientConfig: { ...entry.clientConfig, caBundle: CA_BUNDLE },
    objectSelector: {},
  }));
  const changed = entries.map(change).filter((entry) => entry !== undefined);
  const fieldsV1 = { "f:metadata": { "f:annotations": { [`f:${RECORD_ANNOTATION}`]: {} } } };
  const managedFields = [{ manager: "portcullis", operation: "Apply", time: NOW.toISOString(), fieldsV1 }];
  return StoredWebhooks.parse({ metadata: { ...metadata, managedFields }, webhooks: changed });
}

export const { validating: VALIDATING, mutating: MUTATING } = GENERATED;

/** The Deployment of `manifests/base`, or what is told here of another one. */
export function deployment(
  changes: {
    readonly args?: readonly string[];
    readonly replicas?: number;
    readonly ready?: number;
    readonly updated?: number;
    readonly conditions?: readonly object[];
    readonly volumes?: readonly object[];
    readonly volumeMounts?: readonly object[];
  } = {},
): Deployment {
  const {
    args = ["serve", "--manage-certificates", "--keep-webhooks"],
    replicas = 2,
    ready = replicas,
  } = changes;
  const { updated = replicas, conditions = [], volumes = [], volumeMounts = [] } = changes;
  const ports = [{ name: "webhook", containerPort: 8443 }];
  const container = { name: "portcullis", image: "portcullis:1", args, ports, volumeMounts };
  return Deployment.parse({
    metadata: { name: "portcullis", generation: 3 },
    spec: {
      replicas,
      template: {
        metadata: { labels: POD_LABELS },
        spec: { serviceAccountName: "portcullis", containers: [container], volumes },
      },
    },
    status: {
      observedGeneration: 3,
      replicas,
      readyReplicas: ready,
      updatedReplicas: updated,
      conditions,
    },
  });
}

const POD_LABELS = { "app.kubernetes.io/name": "portcullis" };

/** A ready replica, or one with another status. */
export function pod(
  name: string,
  {
    image = "portcullis:1",
    ...changes
  }: { readonly image?: string; readonly status?: object; readonly metadata?: object } = {},
): Pod {
  const ownerReferences = [{ kind: "ReplicaSet", name: "portcullis-7d9c5b6f4" }];
  const statuses = [{ name: "portcullis", imageID: `sha256:${image}` }];
  const status = { conditions: [{ type: "Ready", status: "True" }], containerStatuses: statuses };
  return Pod.parse({
    metadata: {
      name,
      labels: POD_LABELS,
      ownerReferences,
      creationTimestamp: daysFromNow(-1),
      ...changes.metadata,
    },
    spec: { containers: [{ name: "portcullis", image }] },
    status: { phase: "Running", ...status, ...changes.status },
  });
}

export function lease(spec: object = {}, metadata: object = {}): Lease {
  const renewTime = NOW.toISOString();
  return Lease.parse({
    metadata: { name: "portcullis", ...metadata },
    spec: { holderIdentity: "portcullis-1_7", leaseDurationSeconds: 15, renewTime, ...spec },
  });
}

export function namespace(name: string, labels: Readonly<Record<string, string>> = {}): Named {
  return Named.parse({ metadata: { name, labels } });
}

/** What an API server says whose webhooks lead to Portcullis. */
export const ANSWERED = {
  code: 403,
  body: {
    message:
      'admission webhook "exemption-guard.portcullis.dev" denied the request: portcullis/self-probe: this is the known-bad object',
  },
};

const [definition = {}] = customResourceDefinitions().values();

export const HEALTHY: Facts = {
  server: "https://cluster.example:6443",
  service: SERVICE,
  localTime: NOW,
  apiTime: NOW,
  version: seen({ major: 1, minor: 36 }),
  ownPermissions: doctorPermissions(SERVICE).map((permission) => ({ permission, allowed: seen(true) })),
  definition: seen(
    Definition.parse({
      ...definition,
      status: { conditions: [{ type: "Established", status: "True" }] },
    }),
  ),
  namespace: seen(namespace("portcullis-system")),
  accountName: "portcullis",
  account: seen(namespace("portcullis")),
  accountPermissions: serverPermissions(SERVICE).map((permission) => ({ permission, allowed: seen(true) })),
  deployment: seen(deployment()),
  serviceObject: seen(
    Service.parse({
      metadata: { name: "portcullis" },
      spec: { selector: POD_LABELS, ports: [{ port: 8443, targetPort: "webhook" }] },
    }),
  ),
  serviceState: seen("ready"),
  pods: seen([pod("portcullis-1"), pod("portcullis-2")]),
  events: seen([]),
  networkPolicies: seen([]),
  clientAuthority: ABSENT,
  secret: seen(secret()),
  lease: seen(lease()),
  validating: seen([stored(VALIDATING)]),
  mutating: seen([stored(MUTATING)]),
  namespaces: seen([namespace("default"), namespace("portcullis-system")]),
  policyBindings: seen([]),
  answers: seen([ANSWERED]),
  unseenAnswers: [],
  expected: {
    kind: "known",
    webhooks: GENERATED,
    exemptionLabel: "policy.portcullis.dev/exempt",
  },
  bindings: seen(undefined),
};

/** Everything that is found, as `id: message`, after these facts were changed. */
export function found(changes: Partial<Facts>): readonly string[] {
  return diagnose({ ...HEALTHY, ...changes }).map(({ id, message }) => `${id}: ${message}`);
}
