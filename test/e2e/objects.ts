/** Objects that the end-to-end tests write, in the namespace `shop` if they name no other. */

export const SHOP = "shop";

/** What `labels/required` asks for. */
const OWNED = { "app.kubernetes.io/name": "web", team: "web", "cost-center": "4711" };

/** Its labels go to what is created in it: the server follows the Namespaces of the cluster. */
export const SHOP_NAMESPACE = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: SHOP, labels: OWNED },
};

/** Admitted without a warning; what it leaves out is what the packs fill in. */
const CONTAINER = {
  name: "web",
  image: "registry.example/shop/web:1",
  resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "16Mi" } },
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
};

type Members = Readonly<Record<string, unknown>>;

/** Of one container, with these members. */
export function podSpec(container: Members): Members {
  return { securityContext: { runAsNonRoot: true }, containers: [{ ...CONTAINER, ...container }] };
}

interface PodOptions {
  readonly namespace?: string;
  readonly labels?: Members;
  /** Members of the one container. */
  readonly container?: Members;
  /** Instead of the name. */
  readonly generateName?: string;
}

export function pod(name: string, options: PodOptions = {}): Members {
  const { namespace: where = SHOP, labels = {}, container = {}, generateName } = options;
  const named = generateName === undefined ? { name } : { generateName };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...named, namespace: where, labels: { ...OWNED, ...labels } },
    spec: podSpec(container),
  };
}

interface DeploymentOptions {
  readonly namespace?: string;
  /** Of the Pods; `team` and `cost-center` are left to the namespace. */
  readonly podLabels?: Members;
  readonly container?: Members;
  readonly replicas?: number;
}

export function deployment(
  name: string,
  { namespace: where = SHOP, podLabels = {}, container = {}, replicas = 1 }: DeploymentOptions = {},
): Members {
  const selected = { "app.kubernetes.io/name": name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: where, labels: { ...OWNED, ...selected } },
    spec: {
      replicas,
      selector: { matchLabels: selected },
      template: { metadata: { labels: { ...selected, ...podLabels } }, spec: podSpec(container) },
    },
  };
}

interface ConfigMapOptions {
  readonly labels?: Members;
  readonly annotations?: Members;
}

export function configMap(
  name: string,
  data: Readonly<Record<string, string>>,
  { labels = {}, annotations = {} }: ConfigMapOptions = {},
): Members {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: SHOP, labels, annotations },
    data,
  };
}

export function namespace(name: string, labels: Members): Members {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { ...OWNED, ...labels } } };
}

const GROUP = "e2e.portcullis.dev";

export const WIDGET_DEFINITION = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `widgets.${GROUP}` },
  spec: {
    group: GROUP,
    names: { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList" },
    scope: "Namespaced",
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: { size: { type: "integer", format: "int64" }, text: { type: "string" } },
              },
            },
          },
        },
      },
    ],
  },
};

/** As JSON text: no number of JavaScript holds a size above 2^53. */
export function widget(name: string, size: bigint, text = ""): string {
  const metadata = { name, namespace: SHOP };
  const head = JSON.stringify({ apiVersion: `${GROUP}/v1`, kind: "Widget", metadata }).slice(0, -1);
  return `${head},"spec":{"size":${size},"text":${JSON.stringify(text)}}}`;
}
