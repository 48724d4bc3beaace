import { isDeepStrictEqual } from "node:util";
import { customResourceDefinitions } from "../../policy/custom-resource-definition.ts";
import { isJsonObject, type JsonObject } from "../../policy/json.ts";
import { finding, lookFailed, type Finding } from "../findings/finding.ts";
import type { Definition } from "../observe/objects.ts";
import type { Observation } from "../observe/observation.ts";

const [[NAME, OURS] = ["", {}]] = customResourceDefinitions();
const APPLY = "kubectl apply --server-side --filename=manifests/base/crds";

export function checkCustomResource({ definition }: Observation): readonly Finding[] {
  if (definition.kind === "unseen")
    return [lookFailed("resources", `The CustomResourceDefinition ${NAME}`, definition)];
  if (definition.kind === "absent") {
    return [
      finding("crd-missing", {
        message: `The cluster has no CustomResourceDefinition ${NAME}.`,
        fix: "Apply the one of this version's manifests; PolicyBindings that went with it have to be applied again, too.",
        command: APPLY,
      }),
    ];
  }
  return [...notEstablished(definition.value), ...differing(definition.value)];
}

function notEstablished({ status, metadata }: Definition): readonly Finding[] {
  const isEstablished = status.conditions.some(
    (each) => each.type === "Established" && each.status === "True",
  );
  if (isEstablished && metadata.deletionTimestamp === undefined) return [];
  return [
    finding("crd-not-established", {
      message: `The CustomResourceDefinition ${NAME} is ${isEstablished ? "being deleted" : "not established"}.`,
      fix: "Look at its conditions; they name what stands in the way.",
      command: `kubectl describe customresourcedefinition ${NAME}`,
    }),
  ];
}

function differing({ spec }: Definition): readonly Finding[] {
  if (isDeepStrictEqual(schemasOf(spec), schemasOf(specOf(OURS)))) return [];
  return [
    finding("crd-differs", {
      message: `The CustomResourceDefinition ${NAME} is of another version: its schema is not that of this one.`,
      fix: "Apply the one of this version's manifests, or run the version of this command that the cluster has.",
      command: APPLY,
    }),
  ];
}

function specOf(definition: object): JsonObject {
  const spec: unknown = "spec" in definition ? definition.spec : undefined;
  return isJsonObject(spec) ? spec : {};
}

/** By version; whether each is served and stored counts, too, and no order does. */
function schemasOf({ versions }: JsonObject): readonly unknown[] {
  if (!Array.isArray(versions)) return [];
  // As JSON has it: an absent member and one that is undefined are the same.
  const plain: unknown = JSON.parse(JSON.stringify(versions));
  if (!Array.isArray(plain)) return [];
  return plain
    .filter(isJsonObject)
    .map(({ name, served, storage, schema }) => ({ name, served, storage, schema }));
}
