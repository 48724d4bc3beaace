# METADATA
# scope: package
# title: All capabilities are dropped
# description: |
#   Containers must drop ALL capabilities, and may only add NET_BIND_SERVICE. The check `capabilities_restricted`, from
#   v1.22; Windows Pods (`spec.os.name: windows`) are exempt from v1.25.
#
#   Restricted fields: `securityContext.capabilities.drop` and `securityContext.capabilities.add` of
#   `spec.containers[*]`, `spec.initContainers[*]` and `spec.ephemeralContainers[*]`
#
#   Allowed values: `drop` includes ALL; `add` is unset or NET_BIND_SERVICE
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
#   remediation: Set securityContext.capabilities.drop to [ALL] and add no capability but NET_BIND_SERVICE.
package pod_security.capabilities_restricted

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
	some list, containers in pod.containers
	some i, container in containers
	not drops_all(container)
	msg := $"{pod.describe(list, container)} must drop ALL capabilities"
	field := pod.container_field(list, i, "securityContext.capabilities.drop")
}

violations contains {"msg": msg, "field": field, "details": {"capability": capability}} if {
	applies
	some list, containers in pod.containers
	some i, container in containers
	some k, capability in container.securityContext.capabilities.add
	capability != "NET_BIND_SERVICE"
	msg := $"{pod.describe(list, container)} adds the capability {capability}; only NET_BIND_SERVICE may be added"
	field := pod.container_field(list, i, $"securityContext.capabilities.add[{k}]")
}

drops_all(container) if "ALL" in container.securityContext.capabilities.drop

applies if {
	pod_security.restricted
	pod_security.minor >= 22
	not exempt
}

exempt if {
	pod_security.minor >= 25
	pod.windows
}
