# METADATA
# scope: package
# title: Only permitted volume types
# description: |
#   The restricted policy only permits the following volume types: configMap, csi, downwardAPI, emptyDir, ephemeral,
#   image, persistentVolumeClaim, projected and secret. A volume with only a name is an emptyDir.
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
#   remediation: Use a persistentVolumeClaim, or another of the permitted volume types.
package pod_security.volume_types

import data.lib.pod

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

# Types that Kubernetes does not have yet are refused too, until the standard permits them.
deny contains {"msg": msg, "field": field} if {
	some i, volume in pod.spec.volumes
	some type, source in volume
	source != null
	type != "name"
	not type in allowed
	msg := $"volume \"{object.get(volume, "name", "")}\" is of type {type}, which the restricted policy does not permit"
	field := $"{pod.field}.volumes[{i}].{type}"
}
