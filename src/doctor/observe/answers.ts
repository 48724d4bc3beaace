import { z } from "zod";
import type { SendRequest } from "../../cluster/api/request.ts";
import { ANSWER_PROBE } from "./answer-probe.ts";
import { attempt, type Look } from "./look.ts";
import { named, type Observation } from "./observation.ts";

/** Of several API servers behind one address, how often each is asked on average, and how often at most in all. */
const EACH = 4;
const MOST = 20;

/**
 * Asks by a dry run whether Portcullis answers: once, or with several API servers so often that a load balancer hands most
 * of them some. Where nothing is installed, nobody would be asked.
 */
export async function observeAnswers(
  send: SendRequest,
  look: Look,
  validating: Observation["validating"],
): Promise<Pick<Observation, "answers" | "unseenAnswers">> {
  const installed = named(validating, "portcullis");
  if (installed.kind === "absent") return { answers: installed, unseenAnswers: [] };
  const servers = await apiServers(look);
  const times = servers <= 1 ? 1 : Math.min(servers * EACH, MOST);
  const all = await Promise.all(Array.from({ length: times }, () => attempt(() => send(ANSWER_PROBE))));
  const answers = all.flatMap((each) => (each.kind === "seen" ? [each.value] : []));
  const unseenAnswers = all.flatMap((each) => (each.kind === "unseen" ? [each.reason] : []));
  const [reason] = unseenAnswers;
  if (answers.length > 0 || reason === undefined)
    return { answers: { kind: "seen", value: answers }, unseenAnswers };
  return { answers: { kind: "unseen", reason }, unseenAnswers };
}

const Slice = z.object({
  endpoints: z
    .array(z.object({ addresses: z.array(z.string()) }))
    .nullish()
    .transform((endpoints) => endpoints ?? []),
});

/** How many stand behind the Service `kubernetes`; 1 where that cannot be said. */
async function apiServers(look: Look): Promise<number> {
  const slices = await look.list("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", Slice, {
    labelSelector: "kubernetes.io/service-name=kubernetes",
  });
  if (slices.kind !== "seen") return 1;
  const addresses = slices.value.flatMap(({ endpoints }) => endpoints.flatMap(({ addresses: own }) => own));
  return new Set(addresses).size;
}
