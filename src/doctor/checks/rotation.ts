import { ROTATE } from "../../certificates/certificate-state.ts";
import { issuedAt } from "../../certificates/issued-at.ts";
import { objectMember } from "../../policy/json.ts";
import { finding, type Finding } from "../findings/finding.ts";
import type { Secret } from "../observe/objects.ts";
import { clusterTime, type Facts } from "../observe/observation.ts";
import { podLogsCommand } from "./pod-logs.ts";
import { nextAuthority } from "./secret-pair.ts";

/** Milliseconds after which each step of a rotation is long over. */
const PATIENCE = 60 * 60_000;

/** A rotation that was begun or asked for and does not go on. */
export function rotation(secret: Secret, facts: Facts): readonly Finding[] {
  const since = begunAt(secret);
  if (since === undefined || clusterTime(facts).getTime() - since.date.getTime() < PATIENCE) return [];
  const { namespace, name } = facts.service;
  return [
    finding("rotation-stuck", {
      message: `In the Secret ${namespace}/${name}-tls ${since.what} since ${since.date.toISOString()}.`,
      fix: "Look at the check `leader` and at the leader's log: it waits until every webhook trusts the next authority.",
      command: podLogsCommand(namespace),
    }),
  ];
}

function begunAt(secret: Secret): { readonly what: string; readonly date: Date } | undefined {
  const next = nextAuthority(secret);
  if (next !== undefined) return { what: "a next authority has waited to be used", date: issuedAt(next) };
  const date = askedAt(secret);
  return date === undefined ? undefined : { what: `the annotation ${ROTATE} has asked for a rotation`, date };
}

/** When the annotation was written, by the API server's clock; undefined if it is not there. */
function askedAt({ metadata: { annotations, managedFields } }: Secret): Date | undefined {
  if (annotations[ROTATE] === undefined) return undefined;
  const writer = managedFields.find(({ fieldsV1 }) => {
    const owned = objectMember(objectMember(fieldsV1, "f:metadata"), "f:annotations");
    return owned !== undefined && Object.hasOwn(owned, `f:${ROTATE}`);
  });
  return writer?.time;
}
