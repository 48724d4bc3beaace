# METADATA
# scope: package
# title: No host ports
# description: |
#   HostPorts must be disallowed. In a Pod with `hostNetwork` the API server copies each `containerPort` to `hostPort`.
#   The check `hostPorts`, in every version.
#
#   Restricted fields: `ports[*].hostPort` of `spec.containers[*]`, `spec.initContainers[*]` and
#   `spec.ephemeralContainers[*]`
#
#   Allowed values: unset, `0`
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
#   remediation: Remove hostPort and reach the Pod through a Service.
package pod_security.host_ports

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

violations contains {"msg": msg, "field": field, "details": {"hostPort": value}} if {
	some list, containers in pod.containers
	some i, container in containers
	some k, port in container.ports
	value := port.hostPort
	not value in {0, null}
	msg := $"{pod.describe(list, container)} uses hostPort {value}; it must be unset"
	field := pod.container_field(list, i, $"ports[{k}].hostPort")
}

violations contains {"msg": msg, "field": field, "details": {"hostPort": value}} if {
	some list, containers in pod.containers
	some i, container in containers
	some k, port in container.ports
	defaulted(list, port)
	value := port.containerPort
	not value in {0, null}
	msg := $"{pod.describe(list, container)} uses hostPort {value}: hostNetwork makes each containerPort a hostPort"
	field := pod.container_field(list, i, $"ports[{k}].containerPort")
}

# What the API server would have filled in, so that a manifest gets the answer that its Pod will get. It leaves ephemeral
# containers as they are.
defaulted(list, port) if {
	list != "ephemeralContainers"
	pod.spec.hostNetwork == true
	input.request.object.kind == "Pod"
	object.get(port, "hostPort", null) in {0, null}
}
