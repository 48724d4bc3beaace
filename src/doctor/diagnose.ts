import { checkAnswer } from "./checks/answer.ts";
import { checkApiServer } from "./checks/api-server.ts";
import { checkBindings } from "./checks/bindings.ts";
import { explained } from "./report/causes.ts";
import { checkCaBundle } from "./checks/ca-bundle.ts";
import { checkCertificate } from "./checks/certificate.ts";
import { checkCustomResource } from "./checks/custom-resource.ts";
import { checkExemptions } from "./checks/exemptions.ts";
import { checkFailurePolicy } from "./checks/failure-policy.ts";
import type { Finding } from "./findings/finding.ts";
import { checkOwnPermissions, checkPermissions } from "./checks/granted.ts";
import { checkLeader } from "./checks/leader.ts";
import type { Facts } from "./observe/observation.ts";
import { networkPolicyFindings } from "./checks/network-policies.ts";
import { checkWebhooks } from "./checks/webhooks.ts";
import { checkWorkload } from "./checks/workload.ts";

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
