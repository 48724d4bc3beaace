import { problem, unknown, warning } from "./entry.ts";

/** What can be found of the cluster around the servers. */
export const CLUSTER_FINDINGS = {
  "api-server-too-old": problem(
    "api-server",
    "An older API server drops the matchConditions of the webhooks and asks about what a control plane must be able to write.",
  ),
  "clock-skew": warning(
    "api-server",
    "Certificates are valid by the clock of the API server; what runs by another one renews at the wrong moment.",
  ),
  "your-permission-missing": unknown(
    "your-permissions",
    "What you may not see may be broken; it is never taken for healthy.",
  ),
  "crd-missing": problem(
    "resources",
    "Without it there are no PolicyBindings in the cluster, and a server that starts with --cluster never becomes ready.",
  ),
  "crd-not-established": problem(
    "resources",
    "The API server does not serve PolicyBindings yet, so servers cannot read them.",
  ),
  "crd-differs": problem(
    "resources",
    "The API server drops the fields that its schema does not know, so a binding may mean less than its author wrote.",
  ),
  "permission-missing": problem(
    "permissions",
    "The server cannot follow the cluster, keep its certificate or keep the webhooks without it.",
  ),
  "binding-invalid": problem(
    "bindings",
    "Running servers keep what they had before it; a server that starts does not become ready.",
  ),
  "lease-missing": problem(
    "leader",
    "No replica keeps certificates and webhooks: they are not renewed, and changed policies do not reach the webhooks.",
  ),
  "nobody-leads": problem(
    "leader",
    "No replica keeps certificates and webhooks: they are not renewed, and changed policies do not reach the webhooks.",
  ),
  "lease-exhausted": warning(
    "leader",
    "The API server refuses the next number: a replica of an older version cannot take the Lease over, and then nobody leads.",
  ),
  "leader-gone": warning(
    "leader",
    "Another replica takes over when the Lease has run out, within seconds; if this stays, somebody unknown leads.",
  ),
  "leader-clock-skew": warning(
    "leader",
    "A node whose clock is wrong takes good certificates for expired, or expired ones for good.",
  ),
  "namespaces-exempt": warning("exemptions", "No policy looks at what is written there."),
};
