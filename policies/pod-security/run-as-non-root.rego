# METADATA
# scope: package
# title: Containers must not be able to run as root
# description: |
#   Containers must be required to run as non-root users. The check `runAsNonRoot`, in every version; from v1.35 a Pod
#   in a user namespace of its own (`hostUsers: false`) is exempt.
#
#   Restricted fields: `runAsNonRoot` in `spec.securityContext` and in the `securityContext` of `spec.containers[*]`,
#   `spec.initContainers[*]` and `spec.ephemeralContainers[*]`
#
#   Allowed values: `true`; unset in a container if the Pod sets it
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
#   remediation: Set securityContext.runAsNonRoot to true in the pod spec and run an image whose user is not root.
package pod_security.run_as_non_root

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

violations contains {"msg": msg, "field": field} if {
	applies
	value := pod.spec.securityContext.runAsNonRoot
	not value in {true, null}
	msg := $"the Pod sets securityContext.runAsNonRoot to {value}; it must be true"
	field := $"{pod.field}.securityContext.runAsNonRoot"
}

violations contains {"msg": msg, "field": field} if {
	applies
	some list, containers in pod.containers
	some i, container in containers
	value := container.securityContext.runAsNonRoot
	not value in {true, null}
	msg := $"{pod.describe(list, container)} sets securityContext.runAsNonRoot to {value}; it must be true"
	field := pod.container_field(list, i, "securityContext.runAsNonRoot")
}

violations contains {"msg": msg, "field": field} if {
	applies
	not says(pod.spec)
	some list, containers in pod.containers
	some i, container in containers
	not says(container)
	msg := $"{pod.describe(list, container)} may run as root: neither it nor the Pod sets securityContext.runAsNonRoot"
	field := pod.container_field(list, i, "securityContext.runAsNonRoot")
}

says(spec) if spec.securityContext.runAsNonRoot != null

applies if {
	pod_security.restricted
	not exempt
}

exempt if {
	pod_security.minor >= 35
	pod.user_namespace
}
