# METADATA
# scope: package
# title: The default /proc masks are in place, in user namespaces too
# description: |
#   The default `/proc` masks are set up to reduce attack surface, and should be required, whether or not the Pod is in
#   a user namespace of its own. The check `procMount_restricted`, from v1.35; before that `proc-mount` asks for the
#   same.
#
#   Restricted fields: `securityContext.procMount` of `spec.containers[*]`, `spec.initContainers[*]` and
#   `spec.ephemeralContainers[*]`
#
#   Allowed values: unset, Default
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
#   remediation: Remove securityContext.procMount.
package pod_security.proc_mount_restricted

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

violations contains {"msg": msg, "field": field, "details": {"procMount": value}} if {
	pod_security.restricted
	pod_security.minor >= 35
	some list, containers in pod.containers
	some i, container in containers
	value := container.securityContext.procMount
	not value in {"Default", null}
	msg := $"{pod.describe(list, container)} sets securityContext.procMount to {value}; it must be unset or Default"
	field := pod.container_field(list, i, "securityContext.procMount")
}
