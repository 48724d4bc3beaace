import { z } from "zod";
import { find, type Overlay } from "./overlay.ts";

const Labels = z.record(z.string(), z.string());
const Selector = z.object({ matchLabels: Labels });
const Probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) });

const Container = z.object({
  image: z.string(),
  imagePullPolicy: z.string(),
  args: z.array(z.string()),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
  startupProbe: Probe,
  livenessProbe: Probe,
  readinessProbe: Probe,
  lifecycle: z.object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }) }) }),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
});

/** What the tests read of the Deployment; the API server checks the rest. */
export const Deployment = z.object({
  spec: z.object({
    replicas: z.number(),
    selector: Selector,
    strategy: z.object({ rollingUpdate: z.object({ maxUnavailable: z.number() }) }),
    template: z.object({
      metadata: z.object({ labels: Labels }),
      spec: z.object({
        serviceAccountName: z.string(),
        enableServiceLinks: z.boolean().optional(),
        terminationGracePeriodSeconds: z.number(),
        topologySpreadConstraints: z.array(z.object({ topologyKey: z.string(), labelSelector: Selector })),
        containers: z.tuple([Container]),
        volumes: z.array(
          z.object({
            name: z.string(),
            configMap: z.object({ name: z.string() }).optional(),
            secret: z.object({ secretName: z.string() }).optional(),
          }),
        ),
      }),
    }),
  }),
});
export type Deployment = z.infer<typeof Deployment>;

/** The same, with everything that is there. */
const PodTemplate = z.object({
  spec: z.object({ template: z.object({ metadata: z.looseObject({}), spec: z.looseObject({}) }) }),
});

/** A Pod as the ReplicaSet makes it. */
export function podOf(overlay: Overlay): object {
  const { metadata, spec } = find(overlay, PodTemplate, "Deployment").spec.template;
  const identity = { name: "portcullis-1", namespace: "portcullis-system" };
  return { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, ...identity }, spec };
}

export const Service = z.object({
  spec: z.object({
    type: z.string().optional(),
    externalName: z.string().optional(),
    selector: Labels.optional(),
    ports: z.array(z.object({ name: z.string(), port: z.number(), targetPort: z.string() })).optional(),
  }),
});

export const ConfigMap = z.object({ data: z.record(z.string(), z.string()) });
export type ConfigMap = z.infer<typeof ConfigMap>;

/** What selects Pods of the Deployment. */
export const PodDisruptionBudget = z.object({
  spec: z.object({ maxUnavailable: z.number(), selector: Selector }),
});
export const NetworkPolicy = z.object({
  spec: z.object({
    podSelector: Selector,
    ingress: z.array(z.object({ ports: z.array(z.object({ port: z.string() })) })),
  }),
});

const Rule = z.object({
  apiGroups: z.array(z.string()),
  resources: z.array(z.string()),
  resourceNames: z.array(z.string()).optional(),
  verbs: z.array(z.string()),
});
export type Rule = z.infer<typeof Rule>;
export const Role = z.object({ rules: z.array(Rule) });
export const RoleBinding = z.object({
  roleRef: z.object({ kind: z.string(), name: z.string() }),
  subjects: z.array(z.object({ kind: z.string(), name: z.string(), namespace: z.string() })),
});
