import { checkAnswer } from "./answer.ts";
import { checkApiServer } from "./api-server.ts";
import { checkBindings } from "./bindings.ts";
import { explained } from "./causes.ts";
import { checkCaBundle } from "./ca-bundle.ts";
import { checkCertificate } from "./certificate.ts";
import { checkCustomResource } from "./custom-resource.ts";
import { checkExemptions } from "./exemptions.ts";
import { checkFailurePolicy } from "./failure-policy.ts";
import type { Finding } from "./finding.ts";
import { checkOwnPermissions, checkPermissions } from "./granted.ts";
import { checkLeader } from "./leader.ts";
import type { Facts } from "./observation.ts";
import { networkPolicyFindings } from "./network-policies.ts";
import { checkWebhooks } from "./webhooks.ts";
import { checkWorkload } from "./workload.ts";

const ALL: readonly ((facts: Facts) => readonly Finding[])[] = [
  checkApiServer,
  checkOwnPermissions,
  checkCustomResource,
  checkWorkload,
  checkPermissions,
  checkBindings,
  checkWebhooks,
  checkFailurePolicy,
  checkCertificate,
  checkCaBundle,
  networkPolicyFindings,
  checkAnswer,
  checkLeader,
  checkExemptions,
];

/** Everything that is not as it should be. */
export function diagnose(facts: Facts): readonly Finding[] {
  return explained(ALL.flatMap((check) => check(facts)));
}
