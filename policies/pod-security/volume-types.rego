# METADATA
# scope: package
# title: Only permitted volume types
# description: |
#   The restricted policy only permits the following volume types: configMap, csi, downwardAPI, emptyDir, ephemeral,
#   image, persistentVolumeClaim, projected and secret. A volume with only a name is an emptyDir. The check
#   `restrictedVolumes`, in every version.
#
#   Restricted fields: `spec.volumes[*]`
#
#   Allowed values: every item sets one of the fields above to a value that is not null
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
#   remediation: Use a persistentVolumeClaim, or another of the permitted volume types.
package pod_security.volume_types

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

# Types that Kubernetes does not have yet are refused too, until the standard permits them.
violations contains {"msg": msg, "field": field, "details": {"volume": name, "type": type}} if {
	pod_security.restricted
	some i, volume in pod.spec.volumes
	some type, source in volume
	source != null
	type != "name"
	not type in allowed
	name := object.get(volume, "name", "")
	msg := $"volume \"{name}\" is of type {type}, which the restricted policy does not permit"
	field := $"{pod.field}.volumes[{i}].{type}"
}

allowed := {
	"configMap",
	"csi",
	"downwardAPI",
	"emptyDir",
	"ephemeral",
	"image",
	"persistentVolumeClaim",
	"projected",
	"secret",
}
