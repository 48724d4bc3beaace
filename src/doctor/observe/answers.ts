import { z } from "zod";
import type { SendRequest } from "../../cluster/api/request.ts";
import { ANSWER_PROBE } from "./answer-probe.ts";
import { attempt, type Look } from "./look.ts";
import { named, type Observation } from "./observation.ts";

/** Of several API servers behind one address, how often each is asked on average, and how often at most in all. */
const EACH = 4;
const MOST = 20;

/**
 * Asks by a dry run whether Portcullis answers: once, or with several API servers on so many new connections that a load
 * balancer hands most of them some. Where nothing is installed, nobody would be asked.
 */
export async function observeAnswers(
  look: Look,
  validating: Observation["validating"],
  newClient: () => SendRequest,
): Promise<Observation["answers"]> {
  const installed = named(validating, "portcullis");
  if (installed.kind === "absent") return installed;
  const servers = await apiServers(look);
  const times = servers <= 1 ? 1 : Math.min(servers * EACH, MOST);
  const clients = Array.from({ length: times }, newClient);
  return attempt(() => Promise.all(clients.map((send) => send(ANSWER_PROBE))));
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
