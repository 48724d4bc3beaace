import { finding, notChecked, shellWord, type Finding } from "../findings/finding.ts";
import { runsWith, type Granted, type Observation } from "../observe/observation.ts";
import { permissionText } from "./permissions.ts";

/** Whether the server's account may do what it needs, as its Deployment runs it. */
export function checkPermissions(observation: Observation): readonly Finding[] {
  const { accountPermissions, service, accountName } = observation;
  const needed = accountPermissions.filter(
    ({ permission: { flag } }) => flag === undefined || runsWith(observation, flag) !== false,
  );
  const missing = denied(needed);
  const account = `system:serviceaccount:${service.namespace}:${accountName}`;
  return [
    ...unasked(needed, "permissions", `Permissions of ${account}`),
    ...(missing.length === 0
      ? []
      : [
          finding("permission-missing", {
            message: `${account} lacks ${counted(missing)} that the manifests grant.`,
            items: missing,
            fix: "Apply the manifests of your overlay again (ClusterRole, Role and their bindings).",
            command: `kubectl auth can-i --list --as=${shellWord(account)} --namespace=${shellWord(service.namespace)}`,
          }),
        ]),
  ];
}

/** What the person who looks may not see is told once, here, beside the checks that it kept from being made. */
export function checkOwnPermissions({ ownPermissions }: Observation): readonly Finding[] {
  const missing = denied(ownPermissions);
  return [
    ...unasked(ownPermissions, "your-permissions", "Your permissions"),
    ...(missing.length === 0
      ? []
      : [
          finding("your-permission-missing", {
            message: `You lack ${counted(missing)} that the checks need.`,
            items: missing,
            fix: "Run the command as somebody who may; docs/reference/doctor.md lists what it needs.",
          }),
        ]),
  ];
}

function counted({ length }: readonly string[]): string {
  return `permissions on ${length === 1 ? "one resource" : `${length} resources`}`;
}

/** Those that are not granted; the verbs of one resource stand together. */
function denied(granted: readonly Granted[]): readonly string[] {
  const missing = granted
    .filter(({ allowed }) => allowed.kind === "seen" && !allowed.value)
    .map(({ permission }) => permission);
  const byResource = Map.groupBy(missing, (permission) => permissionText({ ...permission, verb: "" }));
  return [...byResource].map(([resource, all]) => `${all.map(({ verb }) => verb).join(", ")}${resource}`);
}

function unasked(
  granted: readonly Granted[],
  check: "permissions" | "your-permissions",
  what: string,
): readonly Finding[] {
  const reasons = granted.flatMap(({ allowed }) => {
    if (allowed.kind === "seen") return [];
    return [allowed.kind === "unseen" ? allowed.reason : "the API server does not review access."];
  });
  // All of them have one reason, as a rule.
  return [...new Set(reasons)].slice(0, 1).map((reason) => notChecked(check, what, reason));
}
