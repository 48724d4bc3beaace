# METADATA
# scope: package
# title: Containers run as a user other than root
# description: |
#   Containers must be required to run as non-root users, and must not set `runAsUser` to 0. A Pod in a user namespace
#   of its own (`hostUsers: false`) is exempt.
#
#   Restricted fields: `runAsNonRoot` and `runAsUser` in `spec.securityContext` and in the `securityContext` of
#   `spec.containers[*]`, `spec.initContainers[*]` and `spec.ephemeralContainers[*]`
#
#   Allowed values: `runAsNonRoot: true`, unset in a container if the Pod sets it; `runAsUser` unset or not 0
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
#   remediation: Set securityContext.runAsNonRoot to true in the pod spec and run an image whose user is not root.
package pod_security.run_as_non_root

import data.lib.pod

deny contains {"msg": msg, "field": field} if {
	not pod.user_namespace
	value := pod.spec.securityContext.runAsNonRoot
	not value in {true, null}
	msg := $"the Pod sets securityContext.runAsNonRoot to {value}; it must be true"
	field := $"{pod.field}.securityContext.runAsNonRoot"
}

deny contains {"msg": msg, "field": field} if {
	not pod.user_namespace
	some list, containers in pod.containers
	some i, container in containers
	value := container.securityContext.runAsNonRoot
	not value in {true, null}
	msg := $"{pod.describe(list, container)} sets securityContext.runAsNonRoot to {value}; it must be true"
	field := pod.container_field(list, i, "securityContext.runAsNonRoot")
}

deny contains {"msg": msg, "field": field} if {
	not pod.user_namespace
	object.get(pod.spec, ["securityContext", "runAsNonRoot"], null) == null
	some list, containers in pod.containers
	some i, container in containers
	object.get(container, ["securityContext", "runAsNonRoot"], null) == null
	msg := $"{pod.describe(list, container)} may run as root: neither it nor the Pod sets securityContext.runAsNonRoot"
	field := pod.container_field(list, i, "securityContext.runAsNonRoot")
}

deny contains {"msg": msg, "field": field, "remediation": user_remediation} if {
	not pod.user_namespace
	pod.spec.securityContext.runAsUser == 0
	msg := "the Pod sets securityContext.runAsUser to 0, which is root"
	field := $"{pod.field}.securityContext.runAsUser"
}

deny contains {"msg": msg, "field": field, "remediation": user_remediation} if {
	not pod.user_namespace
	some list, containers in pod.containers
	some i, container in containers
	container.securityContext.runAsUser == 0
	msg := $"{pod.describe(list, container)} sets securityContext.runAsUser to 0, which is root"
	field := pod.container_field(list, i, "securityContext.runAsUser")
}

user_remediation := "Set securityContext.runAsUser to a number above 0, or remove it."
