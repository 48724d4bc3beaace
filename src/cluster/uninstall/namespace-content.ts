import { z } from "zod";
import { objectMember, stringMember, type JsonObject } from "../../policy/json.ts";
import { readAnswer } from "../api/read-answer.ts";
import type { SendRequest } from "../api/request.ts";
import { belongingOf, type Belonging } from "./namespace-belonging.ts";
import { notDone, ObjectList, type ObjectAt } from "./removal.ts";
import type { AskedService } from "./webhooks.ts";

/** What is in the namespace of Portcullis. */
export interface NamespaceContent {
  /** Objects of Portcullis, in the order in which they are to go. */
  readonly ours: readonly (ObjectAt & { readonly object: JsonObject })[];
  /** Objects that neither Portcullis nor Kubernetes made, e.g. `ConfigMap notes`. */
  readonly foreign: readonly string[];
  /** APIs that did not say what they have there, e.g. `metrics.example.com/v1`. */
  readonly unread: readonly string[];
}

/** A resource with objects in namespaces that can be listed and deleted. */
interface Resource {
  readonly group: string;
  /** Plural, e.g. `configmaps`. */
  readonly name: string;
  readonly kind: string;
  /** Of the API, e.g. `/apis/apps/v1`. */
  readonly path: string;
}

/** Lists everything in a namespace, through every API that the cluster has, and says whose it is; the namespace may be ours. */
export async function namespaceContent(
  send: SendRequest,
  service: AskedService,
  isOurs: boolean,
): Promise<NamespaceContent> {
  const { found, unread } = await resourcesIn(send);
  const lists = await Promise.all(found.map((resource) => listIn(send, resource, service)));
  const objects = lists.flatMap((list) => (list.kind === "listed" ? list.objects : []));
  const belonging = belongingOf(objects, service, isOurs);
  const of = (whose: Belonging): readonly ListedObject[] =>
    objects.filter((_, index) => belonging[index] === whose);
  return {
    ours: of("portcullis").toSorted((a, b) => a.turn - b.turn),
    foreign: of("others").map(({ title }) => title),
    unread: [...unread, ...lists.flatMap((list) => (list.kind === "unread" ? [list.api] : []))],
  };
}

const Groups = z.looseObject({
  groups: z.array(z.looseObject({ versions: z.array(z.looseObject({ groupVersion: z.string() })) })),
});
const Resources = z.looseObject({
  resources: z.array(
    z.looseObject({
      name: z.string(),
      kind: z.string(),
      namespaced: z.boolean(),
      verbs: z.array(z.string()),
    }),
  ),
});

/** A resource that several versions have counts once. */
async function resourcesIn(
  send: SendRequest,
): Promise<{ readonly found: readonly Resource[]; readonly unread: readonly string[] }> {
  const listed = await send({ method: "GET", path: "/apis" });
  if (listed.code !== 200) throw notDone(listed, "list its APIs");
  const { groups } = readAnswer(Groups, listed.body, "list of its APIs");
  const versions = groups.flatMap((group) => group.versions.map(({ groupVersion }) => groupVersion));
  const apis = ["/api/v1", ...versions.map((version) => `/apis/${version}`)];
  const answers = await Promise.all(apis.map((path) => send({ method: "GET", path })));
  const read = answers.map((answer) => Resources.safeParse(answer.body).data);
  const found = read.flatMap((list, index) => resourcesOf(apis[index] ?? "", list?.resources ?? []));
  return {
    found: [...new Map(found.toReversed().map((each) => [`${each.group}/${each.name}`, each])).values()],
    unread: apis
      .filter((_, index) => read[index] === undefined)
      .map((path) => path.replace(/^\/apis?\//, "")),
  };
}

function resourcesOf(path: string, resources: z.infer<typeof Resources>["resources"]): readonly Resource[] {
  const [, group = ""] = /^\/apis\/([^/]+)\//.exec(path) ?? [];
  return resources
    .filter(({ name, namespaced, verbs }) => namespaced && !name.includes("/") && isKept(verbs))
    .filter(({ kind }) => !(kind === "Event" && EVENT_GROUPS.has(group)))
    .map(({ name, kind }) => ({ group, name, kind, path }));
}

/** Their Events are Kubernetes' notes; another API may call anything so. */
const EVENT_GROUPS: ReadonlySet<string> = new Set(["", "events.k8s.io"]);

/** What cannot be deleted is only shown, such as metrics of Pods. */
function isKept(verbs: readonly string[]): boolean {
  return verbs.includes("list") && verbs.includes("delete");
}

interface ListedObject extends ObjectAt {
  /** e.g. `secrets portcullis-tls`. */
  readonly id: string;
  readonly object: JsonObject;
  readonly turn: number;
}

type Listed =
  | { readonly kind: "listed"; readonly objects: readonly ListedObject[] }
  | { readonly kind: "unread"; readonly api: string };

async function listIn(send: SendRequest, resource: Resource, service: AskedService): Promise<Listed> {
  const path = `${resource.path}/namespaces/${encodeURIComponent(service.namespace)}/${resource.name}`;
  const answer = await send({ method: "GET", path });
  const list = ObjectList.safeParse(answer.body).data;
  // A CustomResourceDefinition may have gone meanwhile, and its objects with it.
  if (answer.code === 404) return { kind: "listed", objects: [] };
  if (answer.code !== 200 || list === undefined) return { kind: "unread", api: fullName(resource) };
  return {
    kind: "listed",
    objects: list.items.map((object) => {
      const name = stringMember(objectMember(object, "metadata"), "name") ?? "";
      return {
        title: `${resource.kind} ${name}`,
        path: `${path}/${encodeURIComponent(name)}`,
        id: `${fullName(resource)} ${name}`,
        object,
        turn: TURNS.get(fullName(resource)) ?? 0,
      };
    }),
  };
}

function fullName({ group, name }: Resource): string {
  return group === "" ? name : `${name}.${group}`;
}

/** Last what servers and cert-manager write anew as long as they may. */
const TURNS: ReadonlyMap<string, number> = new Map([
  ["secrets", 1],
  ["leases.coordination.k8s.io", 1],
]);
