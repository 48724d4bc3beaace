import { InvalidArgumentError, Option } from "commander";
import type { WebhooksOptions } from "./webhooks.ts";

/** Reads `portcullis-system/portcullis:8443`; without a port it is 443, as the API server assumes. Commander prints what is wrong. */
export function service(text: string): WebhooksOptions["service"] {
  const label = "[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?";
  const [, namespace, name, port = "443"] =
    new RegExp(`^(${label})/(${label})(?::(\\d{1,5}))?$`).exec(text) ?? [];
  const number = Number(port);
  if (namespace === undefined || name === undefined || number < 1 || number > 65_535)
    throw new InvalidArgumentError(`"${text}" is no Service such as portcullis-system/portcullis:8443.`);
  return { namespace, name, port: number };
}

/** An API server calls nothing but https, and refuses credentials, queries and fragments (k8s.io/apiserver, webhook). */
export function serverUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" && text.replace(/\/+$/, "") === url.origin) return url.origin;
  throw new InvalidArgumentError(`"${text}" is no URL such as https://portcullis.example.com:8443.`);
}

/** Reads `portcullis-system/portcullis-tls`; the name of a Secret may have dots (RFC 1123, subdomain). */
export function secret(text: string): NonNullable<WebhooksOptions["caSecret"]> {
  const [, namespace, name] = /^([a-z0-9-]{1,63})\/([a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?)$/.exec(text) ?? [];
  if (namespace === undefined || name === undefined)
    throw new InvalidArgumentError(`"${text}" is no Secret such as portcullis-system/portcullis-tls.`);
  return { namespace, name };
}

/** The Service of the shipped manifests. */
export const DEFAULT_SERVICE = service("portcullis-system/portcullis:8443");

/** `--service` of the commands that need its port. */
export function serviceOption(): Option {
  return new Option("--service <namespace/name:port>", "the Service of Portcullis; without a port, 443")
    .argParser(service)
    .default(DEFAULT_SERVICE, "portcullis-system/portcullis:8443");
}
