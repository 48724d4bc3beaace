# METADATA
# scope: package
# title: No capabilities beyond the default set
# description: |
#   Adding additional capabilities beyond the default set must be disallowed.
#
#   Restricted fields: `securityContext.capabilities.add` of `spec.containers[*]`, `spec.initContainers[*]` and
#   `spec.ephemeralContainers[*]`
#
#   Allowed values: unset, AUDIT_WRITE, CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, MKNOD, NET_BIND_SERVICE, SETFCAP,
#   SETGID, SETPCAP, SETUID, SYS_CHROOT
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline
#     description: Pod Security Standards, baseline
# custom:
#   severity: high
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
#   remediation: Remove the capability from securityContext.capabilities.add.
package pod_security.capabilities

import data.lib.pod

default_set := {
	"AUDIT_WRITE",
	"CHOWN",
	"DAC_OVERRIDE",
	"FOWNER",
	"FSETID",
	"KILL",
	"MKNOD",
	"NET_BIND_SERVICE",
	"SETFCAP",
	"SETGID",
	"SETPCAP",
	"SETUID",
	"SYS_CHROOT",
}

deny contains {"msg": msg, "field": field} if {
	some list, containers in pod.containers
	some i, container in containers
	some k, capability in container.securityContext.capabilities.add
	not capability in default_set
	msg := $"{pod.describe(list, container)} adds the capability {capability}, which is not in the default set"
	field := pod.container_field(list, i, $"securityContext.capabilities.add[{k}]")
}
