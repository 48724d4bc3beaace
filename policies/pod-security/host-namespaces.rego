# METADATA
# scope: package
# title: No host namespaces
# description: |
#   Sharing the host network, PID and IPC namespaces must be disallowed.
#
#   Restricted fields: `spec.hostNetwork`, `spec.hostPID`, `spec.hostIPC`
#
#   Allowed values: unset, `false`
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
#   remediation: Remove hostNetwork, hostPID and hostIPC from the pod spec.
package pod_security.host_namespaces

import data.lib.pod

deny contains {"msg": msg, "field": field} if {
	some name in ["hostNetwork", "hostPID", "hostIPC"]
	value := pod.spec[name]
	not value in {false, null}
	msg := $"the Pod sets {name} to {value}; it must be unset or false"
	field := $"{pod.field}.{name}"
}
