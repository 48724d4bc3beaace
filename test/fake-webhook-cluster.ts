/** A cluster into which webhooks are installed, that is no more than a Map, for the tests of that. */
import { samplePolicy, sampleSnapshot } from "./samples.ts";
import type { ApiAnswer } from "../src/cluster/api/request.ts";
import type { StoredConfiguration, WebhookCluster } from "../src/cluster/install/cluster.ts";
import { installWebhooks } from "../src/cluster/install/install.ts";
import { recorded } from "../src/cluster/install/record.ts";
import type { WantedWebhooks } from "../src/cluster/install/steps.ts";
import type { WebhookConfiguration, WebhookServer } from "../src/cluster/webhooks/configuration.ts";
import { webhookConfigurations } from "../src/cluster/webhooks/webhooks.ts";
import { isJsonObject } from "../src/policy/json.ts";

export const SERVER: WebhookServer = {
  service: { namespace: "portcullis-system", name: "portcullis", port: 443 },
  caBundle: "Q0E=",
};
const GENERATED = webhookConfigurations(sampleSnapshot({ policies: [samplePolicy("a/b")] }), SERVER);
/** With the record by which a leader knows what was installed. */
export const WANTED: WantedWebhooks = {
  validating: recorded(GENERATED.validating, SERVER),
  mutating: recorded(GENERATED.mutating, SERVER),
  server: SERVER,
};
export const VALIDATING = "ValidatingWebhookConfiguration portcullis";
export const MUTATING = "MutatingWebhookConfiguration portcullis";
export const PROBE = "ValidatingWebhookConfiguration portcullis-self-probe";

export const OTHERS: StoredConfiguration = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingWebhookConfiguration",
  metadata: { name: "portcullis", labels: {} },
  webhooks: [{ objectSelector: {}, name: "what.was.before", failurePolicy: "Fail" }],
};

/** A cluster whose API server asks the entries that it has, and a server behind it that answers as it is told. */
export class FakeCluster implements WebhookCluster {
  readonly stored = new Map<string, StoredConfiguration | WebhookConfiguration>();
  readonly log: string[] = [];
  major = 1;
  minor = 36;
  service: Awaited<ReturnType<WebhookCluster["serviceState"]>> = "ready";
  /** What the API server says of a call that it cannot make; undefined if Portcullis answers. */
  failing: string | undefined = undefined;
  /** Called before each probe. */
  beforeProbe: () => Promise<unknown> = async () => undefined;
  /** Throws for a write, by what it is and what is written. */
  refuse: (id: string, configuration: StoredConfiguration | WebhookConfiguration) => void = () => undefined;

  version = async () => ({ major: this.major, minor: this.minor });
  serviceState = async () => this.service;
  read: WebhookCluster["read"] = async ({ kind, name }) => stored(this.stored.get(`${kind} ${name}`));
  apply: WebhookCluster["apply"] = async (configuration, { dryRun, force }) => {
    const id = `${configuration.kind} ${configuration.metadata.name}`;
    if (!dryRun) {
      this.refuse(id, configuration);
      this.log.push(`${force ? "restore" : "apply"} ${id} ${failurePolicies(configuration)}`);
      this.stored.set(id, configuration);
    }
    return stored(configuration) ?? OTHERS;
  };
  remove: WebhookCluster["remove"] = async ({ kind, name }) => {
    this.log.push(`remove ${kind} ${name}`);
    this.stored.delete(`${kind} ${name}`);
  };
  probe: WebhookCluster["probe"] = async (probe, entry): Promise<ApiAnswer> => {
    await this.beforeProbe();
    const entries = JSON.stringify([...this.stored.values()]);
    const name = `${entry}.portcullis.dev`;
    const asked = entries.includes(`"name":"${name}"`);
    this.log.push(`probe ${probe} ${asked ? entry : "nobody"}`);
    if (asked && this.failing !== undefined)
      return { code: 500, body: { message: `failed calling webhook "${name}": ${this.failing}` } };
    return !asked || probe === "allow"
      ? { code: 201, body: {} }
      : { code: 403, body: { message: `admission webhook "${name}" denied the request: no` } };
  };
}

export function stored(
  configuration: StoredConfiguration | WebhookConfiguration | undefined,
): StoredConfiguration | undefined {
  if (configuration === undefined) return undefined;
  // As the API server has it: with what it fills in, and in its own order.
  const webhooks = configuration.webhooks.map((entry) =>
    isJsonObject(entry) ? { objectSelector: {}, ...entry } : entry,
  );
  return { ...configuration, webhooks };
}

/** Their first letters in order: `FIF`. */
export function failurePolicies({ webhooks }: { readonly webhooks: readonly unknown[] }): string {
  return [...JSON.stringify(webhooks).matchAll(/"failurePolicy":"(\w)/g)].map(([, first]) => first).join("");
}

/** Installs with a clock that does not wait. Gives what was said. */
export async function install(
  cluster: FakeCluster,
  signal = new AbortController().signal,
  wanted: WantedWebhooks = { ...GENERATED, server: SERVER },
) {
  const said: string[] = [];
  let now = 0;
  const clock = { now: () => now, sleep: async (milliseconds: number) => void (now += milliseconds) };
  const changed = await installWebhooks(wanted, cluster, {
    clock,
    say: (message) => said.push(message),
    signal,
  }).catch((error: unknown) => error);
  return { changed, said };
}
