# METADATA
# scope: package
# title: Only safe sysctls
# description: |
#   Sysctls can disable security mechanisms or affect all containers on a host, and should be disallowed except for an
#   allowed "safe" subset. A sysctl is considered safe if it is namespaced in the container or the Pod, and it is
#   isolated from other Pods or processes on the same node. The check `sysctls`, in every version.
#
#   Restricted fields: `spec.securityContext.sysctls[*].name`
#
#   Allowed values: kernel.shm_rmid_forced, net.ipv4.ip_local_port_range, net.ipv4.ip_unprivileged_port_start,
#   net.ipv4.ping_group_range, net.ipv4.tcp_syncookies; from v1.27 net.ipv4.ip_local_reserved_ports; from v1.29
#   net.ipv4.tcp_fin_timeout, net.ipv4.tcp_keepalive_intvl, net.ipv4.tcp_keepalive_probes, net.ipv4.tcp_keepalive_time;
#   from v1.32 net.ipv4.tcp_rmem, net.ipv4.tcp_wmem; from v1.37 net.ipv4.tcp_notsent_lowat,
#   net.ipv4.tcp_slow_start_after_idle
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline
#     description: Pod Security Standards, baseline
# custom:
#   severity: medium
#   category: Pod Security Standards (Baseline)
#   enforcement: deny
#   match:
#     resources:
#       - pods
#       - pods/ephemeralcontainers
#       - podtemplates
#       - replicationcontrollers
#       - replicasets.apps
#       - deployments.apps
#       - daemonsets.apps
#       - statefulsets.apps
#       - jobs.batch
#       - cronjobs.batch
#     operations: [CREATE, UPDATE]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       version:
#         description: >-
#           The version of the standards, `latest` or such as `v1.35`. One newer than the newest known is the newest.
#         type: string
#         pattern: ^(latest|v1\.(0|[1-9][0-9]*))$
#         default: latest
#       level:
#         description: >-
#           `baseline` or `restricted`: with it, only the checks of this level apply, and where a check of restricted
#           replaces one of baseline, only that one. With `label`, the level of namespaces without that label.
#         type: string
#         enum: [baseline, restricted]
#       label:
#         description: >-
#           `enforce`, `audit` or `warn`: level and version are what the namespace's label
#           `pod-security.kubernetes.io/<label>` and `<label>-version` say, as the API server reads them.
#         type: string
#         enum: [enforce, audit, warn]
#       workloads:
#         description: >-
#           What a finding in a pod template leads to: `deny` to what the binding says, `warn` to a warning, "off" to
#           nothing. Unset it is `deny`, but `warn` if `label` is `enforce` or `warn`.
#         enum: [deny, warn, "off", false]
#   remediation: Remove the sysctl from securityContext.sysctls.
package pod_security.sysctls

import data.lib.pod
import data.lib.pod_security

deny contains violation if {
	pod_security.denies
	some violation in violations
}

warn contains violation if {
	pod_security.warns
	some violation in violations
}

violations contains {"msg": msg, "field": field, "details": {"sysctl": name}} if {
	some i, sysctl in pod.spec.securityContext.sysctls
	name := name_of(sysctl)
	not safe(name)
	msg := $"the Pod sets the sysctl {name}, which is not in the safe set"
	field := $"{pod.field}.securityContext.sysctls[{i}].name"
}

# The API server reads a sysctl without a name as one with an empty name.
default name_of(_) := ""

name_of(sysctl) := sysctl.name

safe(name) if name in in_every_version

safe(name) if since[name] <= pod_security.minor

in_every_version := {
	"kernel.shm_rmid_forced",
	"net.ipv4.ip_local_port_range",
	"net.ipv4.ip_unprivileged_port_start",
	"net.ipv4.ping_group_range",
	"net.ipv4.tcp_syncookies",
}

# From which minor version on others are.
since := {
	"net.ipv4.ip_local_reserved_ports": 27,
	"net.ipv4.tcp_fin_timeout": 29,
	"net.ipv4.tcp_keepalive_intvl": 29,
	"net.ipv4.tcp_keepalive_probes": 29,
	"net.ipv4.tcp_keepalive_time": 29,
	"net.ipv4.tcp_rmem": 32,
	"net.ipv4.tcp_wmem": 32,
	"net.ipv4.tcp_notsent_lowat": 37,
	"net.ipv4.tcp_slow_start_after_idle": 37,
}
