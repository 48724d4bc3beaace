# METADATA
# scope: package
# title: No hostPath volumes
# description: |
#   HostPath volumes must be forbidden. The check `hostPathVolumes`, in every version; with the level restricted
#   replaced by `volume-types`.
#
#   Restricted fields: `spec.volumes[*].hostPath`
#
#   Allowed values: unset
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline
#     description: Pod Security Standards, baseline
# custom:
#   severity: high
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
#   remediation: Use a persistentVolumeClaim, emptyDir, configMap or secret volume instead of hostPath.
package pod_security.host_path_volumes

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
	pod_security.level != "restricted"
	some i, volume in pod.spec.volumes
	volume.hostPath != null
	name := object.get(volume, "name", "")
	msg := $"volume \"{name}\" is a hostPath; the node's file system must not be mounted"
	field := $"{pod.field}.volumes[{i}].hostPath"
	details := {"volume": name, "hostPath": volume.hostPath}
}
