# METADATA
# scope: package
# title: No container runs as user 0
# description: |
#   Containers must not set `runAsUser` to 0. The check `runAsUser`, from v1.23; from v1.35 a Pod in a user namespace of
#   its own (`hostUsers: false`) is exempt.
#
#   Restricted fields: `runAsUser` in `spec.securityContext` and in the `securityContext` of `spec.containers[*]`,
#   `spec.initContainers[*]` and `spec.ephemeralContainers[*]`
#
#   Allowed values: unset, any number but `0`
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
#   remediation: Set securityContext.runAsUser to a number above 0, or remove it.
package pod_security.run_as_user

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
	pod.spec.securityContext.runAsUser == 0
	msg := "the Pod sets securityContext.runAsUser to 0, which is root"
	field := $"{pod.field}.securityContext.runAsUser"
}

violations contains {"msg": msg, "field": field} if {
	applies
	some list, containers in pod.containers
	some i, container in containers
	container.securityContext.runAsUser == 0
	msg := $"{pod.describe(list, container)} sets securityContext.runAsUser to 0, which is root"
	field := pod.container_field(list, i, "securityContext.runAsUser")
}

applies if {
	pod_security.restricted
	pod_security.minor >= 23
	not exempt
}

exempt if {
	pod_security.minor >= 35
	pod.user_namespace
}
