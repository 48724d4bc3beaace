# METADATA
# scope: package
# title: No privileged containers
# description: |
#   Privileged Pods disable most security mechanisms and must be disallowed.
#
#   Restricted fields: `securityContext.privileged` of `spec.containers[*]`, `spec.initContainers[*]` and
#   `spec.ephemeralContainers[*]`
#
#   Allowed values: unset, `false`
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline
#     description: Pod Security Standards, baseline
# custom:
#   severity: critical
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
#   remediation: Remove securityContext.privileged and add the single capabilities that the container needs.
package pod_security.privileged

import data.lib.pod

deny contains {"msg": msg, "field": field} if {
	some list, containers in pod.containers
	some i, container in containers
	value := container.securityContext.privileged
	not value in {false, null}
	msg := $"{pod.describe(list, container)} sets securityContext.privileged to {value}; it must be unset or false"
	field := pod.container_field(list, i, "securityContext.privileged")
}
