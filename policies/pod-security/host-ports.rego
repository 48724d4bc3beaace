# METADATA
# scope: package
# title: No host ports
# description: |
#   HostPorts must be disallowed. In a Pod with `hostNetwork` the API server copies each `containerPort` to `hostPort`.
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
#   remediation: Remove hostPort and reach the Pod through a Service.
package pod_security.host_ports

import data.lib.pod

deny contains {"msg": msg, "field": field} if {
	some list, containers in pod.containers
	some i, container in containers
	some k, port in container.ports
	value := host_port(port)
	not value in {0, null}
	msg := $"{pod.describe(list, container)} uses hostPort {value}; it must be unset"
	field := pod.container_field(list, i, $"ports[{k}].hostPort")
}

host_port(port) := port.hostPort if not defaulted(port)

host_port(port) := port.containerPort if defaulted(port)

# What the API server would have filled in, so that a manifest gets the answer that its Pod will get.
defaulted(port) if {
	pod.spec.hostNetwork == true
	input.request.object.kind == "Pod"
	object.get(port, "hostPort", null) in {0, null}
}
