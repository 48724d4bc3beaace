import { z } from "zod";
import { API_VERSION } from "../../policy/binding.ts";
import { isJsonObject, objectMember, type JsonObject } from "../../policy/json.ts";
import { listed } from "../api/error.ts";
import { readAnswer } from "../api/read-answer.ts";
import type { SendRequest } from "../api/request.ts";
import type { FollowedResource } from "./followed-list.ts";

/** The custom resource of `manifests/base/crds`. */
export const POLICY_BINDINGS: FollowedResource = {
  name: "policybindings.policy.portcullis.dev",
  path: `/apis/${API_VERSION}/policybindings`,
};

const List = z.looseObject({ items: z.array(z.custom<JsonObject>(isJsonObject)) });

/** The PolicyBindings that are in a cluster now, as their authors wrote them. Throws what `listed` and `readAnswer` throw. */
export async function readPolicyBindings(send: SendRequest): Promise<readonly JsonObject[]> {
  const answer = await send({ method: "GET", path: POLICY_BINDINGS.path });
  const { name } = POLICY_BINDINGS;
  return readAnswer(List, listed(answer, name), `list of ${name}`).items.map(asWrittenBinding);
}

/** Of the metadata only what a file would have. */
export function asWrittenBinding(object: JsonObject): JsonObject {
  const written = new Set(["name", "labels", "annotations"]);
  const metadata = Object.entries(objectMember(object, "metadata") ?? {}).filter(([key]) => written.has(key));
  const { spec } = object;
  return {
    apiVersion: API_VERSION,
    kind: "PolicyBinding",
    metadata: Object.fromEntries(metadata),
    ...(spec === undefined ? {} : { spec }),
  };
}
