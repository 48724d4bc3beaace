import { PortcullisError } from "../../error.ts";
import { objectMember, stringMember } from "../../policy/json.ts";
import { readAnswer } from "../api/read-answer.ts";
import { POLICY_BINDINGS } from "../follow/policy-bindings.ts";
import { incomplete, ObjectList, readObject, removeObject, type ObjectAt, type Removal } from "./removal.ts";
import { removeClusterRole } from "./cluster-role.ts";
import { hasNamespace, removeNamespace } from "./namespace.ts";
import { awaitUnasked, checkProvable } from "./unasked.ts";
import { removeReturned, removeWebhooks, type AskedService } from "./webhooks.ts";
import { waitFor, type Attempt } from "../api/wait-for.ts";

export interface Uninstallation {
  /** Where the server is; also names the ClusterRole and its binding. */
  readonly service: AskedService;
  /** Whether PolicyBindings go with their CustomResourceDefinition. */
  readonly deleteBindings: boolean;
}

export interface UninstallSurroundings extends Removal {
  /** Hears of a step that failed while the others went on. */
  readonly failed: (error: PortcullisError) => void;
}

/**
 * Removes what the manifests and `portcullis webhooks --apply` made, in an order in which nothing can be held up: the
 * webhook configurations, a proof that the API server asks no longer, and only then the server with its namespace, its
 * permissions, and the CustomResourceDefinition. May be repeated, and takes what it finds. Gives whether every step went
 * well; throws where going on could block writes, or the API server does not answer.
 */
export async function uninstall(
  { service, deleteBindings }: Uninstallation,
  surroundings: UninstallSurroundings,
): Promise<boolean> {
  const removed = await removeWebhooks(service, surroundings, "nothing");
  if (!removed) surroundings.say("not there: the webhook configurations");
  // An earlier run, or a person, may have deleted them just now, and the API server may not have heard of it.
  const isToProve = removed || (await hasNamespace(service, surroundings));
  if (isToProve && !surroundings.dryRun) await noLongerAsked(service, surroundings);
  const again = new Returned(service, surroundings);
  let isComplete = true;
  const steps = [
    // Without a dry run that has been proved by now.
    () => (isToProve && surroundings.dryRun ? checkProvable(surroundings) : Promise.resolve()),
    () => removeNamespace(service, surroundings, again.look),
    again.look,
    () => removeClusterRole(service, surroundings),
    () => removeDefinition(deleteBindings, surroundings),
    again.lastLook,
  ];
  for (const step of steps) isComplete = (await goesWell(step, surroundings)) && isComplete;
  return isComplete;
}

/** Throws UNINSTALL_INCOMPLETE also where somebody puts back what is removed: the server has to outlast that. */
async function noLongerAsked(service: AskedService, surroundings: UninstallSurroundings): Promise<void> {
  await awaitUnasked(service, surroundings);
  if (await removeWebhooks(service, surroundings, "webhooks")) {
    throw incomplete(
      "The server was left: somebody installs the webhook configurations again as soon as they are removed.",
      "Stop who does, such as a GitOps controller or `portcullis webhooks --apply`, and run the command again.",
    );
  }
  surroundings.say("the API server asks no longer: Portcullis decides about nothing and holds up nothing");
}

async function goesWell(
  step: () => Promise<void>,
  { failed, signal }: Pick<UninstallSurroundings, "failed" | "signal">,
): Promise<boolean> {
  signal.throwIfAborted();
  try {
    await step();
    return true;
  } catch (error) {
    // Every further call would wait as long, and say the same.
    if (!(error instanceof PortcullisError) || error.code === "CLUSTER_UNREACHABLE") throw error;
    failed(error);
    return false;
  }
}

const DEFINITION: ObjectAt = {
  title: `CustomResourceDefinition ${POLICY_BINDINGS.name}`,
  path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${POLICY_BINDINGS.name}`,
};

/** What people wrote is kept unless they say otherwise, and with it what defines it. */
async function removeDefinition(deleteBindings: boolean, removal: Removal): Promise<void> {
  const definition = await readObject(removal, DEFINITION);
  if (definition === undefined) {
    removal.say(`not there: the ${DEFINITION.title}`);
    return;
  }
  const names = await bindingNames(removal);
  if (!deleteBindings && (names === undefined || names.length > 0)) {
    removal.say(
      names === undefined
        ? `kept: the ${DEFINITION.title}: it is not served, so nobody can see whether it has PolicyBindings; run the command again with --delete-bindings to remove it with all that it has`
        : `kept: the ${DEFINITION.title} with the PolicyBindings ${names.join(", ")}; save them with \`kubectl get ${POLICY_BINDINGS.name} --output yaml > policybindings.yaml\` and run the command again with --delete-bindings to remove them`,
    );
    return;
  }
  for (const name of names ?? []) removal.say(`with its definition goes the PolicyBinding ${name}`);
  await removeObject(removal, DEFINITION, definition);
  if (!removal.dryRun) await definitionGone(removal);
}

/** Undefined where the definition is there, but not served. */
async function bindingNames(removal: Removal): Promise<readonly string[] | undefined> {
  const list = await readObject(removal, { title: POLICY_BINDINGS.name, path: POLICY_BINDINGS.path });
  if (list === undefined) return undefined;
  const { items } = readAnswer(ObjectList, list, `list of the ${POLICY_BINDINGS.name}`);
  return items.map((binding) => stringMember(objectMember(binding, "metadata"), "name") ?? "");
}

async function definitionGone(removal: Removal): Promise<void> {
  const attempt = async (): Promise<Attempt> =>
    (await readObject(removal, DEFINITION)) === undefined
      ? { kind: "done" }
      : { kind: "again", reason: `the ${DEFINITION.title} waits for its objects to go` };
  const reason = await waitFor(attempt, removal);
  if (reason === undefined) return;
  throw incomplete(
    `The ${DEFINITION.title} is not gone after a minute.`,
    `See with \`kubectl get ${POLICY_BINDINGS.name} --output yaml\` which PolicyBinding has a finalizer, have its controller run or take the finalizer out, and run the command again.`,
  );
}

/**
 * Looks for configurations that somebody has installed again who did not know; made for one run, once its server is to go.
 * From then on they reject what is under `Fail`.
 */
class Returned {
  readonly #service: AskedService;
  readonly #removal: Removal;
  #wereThere = false;

  constructor(service: AskedService, removal: Removal) {
    this.#service = service;
    this.#removal = removal;
  }

  /** What cannot be removed is told by the last look. */
  look = async (): Promise<void> => {
    if (this.#removal.dryRun) return;
    try {
      this.#wereThere = (await removeReturned(this.#service, this.#removal)) || this.#wereThere;
    } catch (error) {
      if (!(error instanceof PortcullisError) || error.code === "CLUSTER_UNREACHABLE") throw error;
    }
  };

  /** Throws UNINSTALL_INCOMPLETE where any look has found some: whoever does that goes on. */
  lastLook = async (): Promise<void> => {
    if (this.#removal.dryRun) return;
    const isThere = await removeWebhooks(this.#service, this.#removal, "everything");
    if (!isThere && !this.#wereThere) return;
    throw incomplete(
      "Somebody installed the webhook configurations again after the server had gone; they were removed once more.",
      "Stop who does, such as a GitOps controller, and run the command again: while they are back, what is under Fail is rejected.",
    );
  };
}
