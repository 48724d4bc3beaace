# METADATA
# scope: package
# title: No privilege escalation
# description: |
#   Privilege escalation (such as via set-user-ID or set-group-ID file mode) should not be allowed. Windows Pods
#   (`spec.os.name: windows`) are exempt.
#
#   Restricted fields: `securityContext.allowPrivilegeEscalation` of `spec.containers[*]`, `spec.initContainers[*]` and
#   `spec.ephemeralContainers[*]`
#
#   Allowed values: `false`
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
#     description: Pod Security Standards, restricted
# custom:
#   severity: medium
#   category: Pod Security Standards (Restricted)
#   enforcement: warn
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
#   remediation: Set securityContext.allowPrivilegeEscalation to false in every container.
package pod_security.privilege_escalation

import data.lib.pod

deny contains {"msg": msg, "field": field} if {
	not pod.windows
	some list, containers in pod.containers
	some i, container in containers
	object.get(container, ["securityContext", "allowPrivilegeEscalation"], null) != false
	msg := $"{pod.describe(list, container)} must set securityContext.allowPrivilegeEscalation to false"
	field := pod.container_field(list, i, "securityContext.allowPrivilegeEscalation")
}
