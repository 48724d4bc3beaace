import { authoritiesIn, type Authority } from "../../../certificates/authority.ts";
import { holds } from "../../../certificates/decode-secret.ts";
import type { SecretId } from "../../../certificates/secret-store.ts";
import type { InstalledWebhooks } from "../../../cluster/leader/keep-webhooks.ts";
import { caBundlesOf, type WebhookService } from "../../../cluster/leader/wanted.ts";
import { PortcullisError } from "../../../error.ts";

interface Untrusting {
  /** Where `ca.crt` has it. */
  readonly secret: SecretId;
  readonly installed: InstalledWebhooks;
  readonly service: WebhookService;
}

/** What a person is told of an authority that cannot sign, because some `caBundle` lacks it that nobody keeps. */
export function untrusted(
  { fingerprint }: Authority,
  { secret, installed, service }: Untrusting,
): PortcullisError {
  const lacking = installed.filter((configuration) =>
    caBundlesOf([configuration], service).some((caBundle) => !holds(authoritiesIn(caBundle), fingerprint)),
  );
  const names = lacking.map(({ id: { kind, name } }) => `${kind} ${name}`).join(" and ");
  return new PortcullisError("AUTHORITY_UNTRUSTED", {
    message: `A caBundle of the ${names} has lacked an authority in ca.crt of the Secret ${secret.namespace}/${secret.name} for ten minutes, so that it cannot sign yet.`,
    remedy: `Put \`ca.crt\` of that Secret into the \`caBundle\` of each entry, or have it kept: delete what is not needed, and install it again with \`portcullis webhooks --apply\`. When the certificates of before end, everything under \`Fail\` is rejected.`,
  });
}
