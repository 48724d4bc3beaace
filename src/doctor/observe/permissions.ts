import { z } from "zod";
import type { Look } from "./look.ts";
import type { Granted, Observation, Seen } from "./observation.ts";
import { doctorPermissions, serverPermissions, type Permission } from "../checks/permissions.ts";

const REVIEWS = "/apis/authorization.k8s.io/v1";

/** Asks whether the server's account may do what it needs. */
export function observeAccount(
  look: Look,
  service: Observation["service"],
  account: string,
): Promise<readonly Granted[]> {
  const { namespace } = service;
  // As the API server knows a Pod's account.
  const subject = {
    user: `system:serviceaccount:${namespace}:${account}`,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
  };
  const review = { kind: "SubjectAccessReview", path: `${REVIEWS}/subjectaccessreviews`, spec: subject };
  return all(serverPermissions(service), (permission) => isAllowed(look, review, permission));
}

/** Asks whether whoever runs this may see what the checks need. */
export function observeOwn(look: Look, service: Observation["service"]): Promise<readonly Granted[]> {
  const review = { kind: "SelfSubjectAccessReview", path: `${REVIEWS}/selfsubjectaccessreviews`, spec: {} };
  return all(doctorPermissions(service), (permission) => isAllowed(look, review, permission));
}

interface Review {
  readonly kind: string;
  readonly path: string;
  readonly spec: object;
}

const Answer = z.object({ status: z.object({ allowed: z.boolean() }) });

async function isAllowed(
  look: Look,
  { kind, path, spec }: Review,
  asked: Permission,
): Promise<Seen<boolean>> {
  const { verb, group, resource, namespace, name } = asked;
  const resourceAttributes = { verb, group, resource, namespace, name };
  const value = { apiVersion: "authorization.k8s.io/v1", kind, spec: { ...spec, resourceAttributes } };
  const seen = await look.review(path, value, Answer);
  return seen.kind === "seen" ? { kind: "seen", value: seen.value.status.allowed } : seen;
}

function all(
  permissions: readonly Permission[],
  ask: (permission: Permission) => Promise<Seen<boolean>>,
): Promise<readonly Granted[]> {
  return Promise.all(permissions.map(async (permission) => ({ permission, allowed: await ask(permission) })));
}
