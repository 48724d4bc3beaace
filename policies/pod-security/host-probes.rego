# METADATA
# scope: package
# title: No host in probes and lifecycle hooks
# description: |
#   The `host` field in probes and lifecycle hooks must be disallowed: through it the node's kubelet would connect to
#   anything. The check `hostProbesAndHostLifecycle`, from v1.34.
#
#   Restricted fields: `httpGet.host` and `tcpSocket.host` of `livenessProbe`, `readinessProbe`, `startupProbe`,
#   `lifecycle.postStart` and `lifecycle.preStop` of `spec.containers[*]`, `spec.initContainers[*]` and
#   `spec.ephemeralContainers[*]`
#
#   Allowed values: unset, empty
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
#   remediation: Remove `host`; the kubelet then connects to the Pod itself.
package pod_security.host_probes

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

violations contains {"msg": msg, "field": field, "details": details} if {
	pod_security.minor >= 34
	some list, containers in pod.containers
	some i, container in containers
	some probe in ["livenessProbe", "readinessProbe", "startupProbe"]
	handlers := container[probe]
	some kind in kinds
	host := handlers[kind].host
	not host in {"", null}
	msg := message(list, container, host)
	field := pod.container_field(list, i, $"{probe}.{kind}.host")
	details := {"probe": probe, "kind": kind, "host": host}
}

violations contains {"msg": msg, "field": field, "details": details} if {
	pod_security.minor >= 34
	some list, containers in pod.containers
	some i, container in containers
	some hook, handlers in container.lifecycle
	hook in {"postStart", "preStop"}
	some kind in kinds
	host := handlers[kind].host
	not host in {"", null}
	msg := message(list, container, host)
	field := pod.container_field(list, i, $"lifecycle.{hook}.{kind}.host")
	details := {"hook": hook, "kind": kind, "host": host}
}

kinds := ["httpGet", "tcpSocket"]

message(list, container, host) := $"{who} uses the probe or lifecycle host {host}; it must be unset" if {
	who := pod.describe(list, container)
}
