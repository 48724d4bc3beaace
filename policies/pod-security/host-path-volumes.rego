# METADATA
# scope: package
# title: No hostPath volumes
# description: |
#   HostPath volumes must be forbidden.
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
#   remediation: Use a persistentVolumeClaim, emptyDir, configMap or secret volume instead of hostPath.
package pod_security.host_path_volumes

import data.lib.pod

deny contains {"msg": msg, "field": field} if {
	some i, volume in pod.spec.volumes
	volume.hostPath != null
	msg := $"volume \"{object.get(volume, "name", "")}\" is a hostPath; the node's file system must not be mounted"
	field := $"{pod.field}.volumes[{i}].hostPath"
}
