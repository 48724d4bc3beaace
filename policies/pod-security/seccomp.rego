# METADATA
# scope: package
# title: A seccomp profile is set
# description: |
#   Seccomp profile must be explicitly set to one of the allowed values. Both the Unconfined profile and the absence
#   of a profile are prohibited. Windows Pods (`spec.os.name: windows`) are exempt.
#
#   Restricted fields: `seccompProfile.type` in `spec.securityContext` and in the `securityContext` of
#   `spec.containers[*]`, `spec.initContainers[*]` and `spec.ephemeralContainers[*]`
#
#   Allowed values: RuntimeDefault, Localhost; unset in a container if the Pod sets it
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
#   remediation: Set securityContext.seccompProfile.type to RuntimeDefault in the pod spec.
package pod_security.seccomp

import data.lib.pod

allowed := {"RuntimeDefault", "Localhost"}

deny contains {"msg": msg, "field": field} if {
	not pod.windows
	profile := pod.spec.securityContext.seccompProfile
	forbidden(profile)
	msg := message("the Pod", profile)
	field := $"{pod.field}.securityContext.seccompProfile.type"
}

deny contains {"msg": msg, "field": field} if {
	not pod.windows
	some list, containers in pod.containers
	some i, container in containers
	profile := container.securityContext.seccompProfile
	forbidden(profile)
	msg := message(pod.describe(list, container), profile)
	field := pod.container_field(list, i, "securityContext.seccompProfile.type")
}

deny contains {"msg": msg, "field": field} if {
	not pod.windows
	object.get(pod.spec, ["securityContext", "seccompProfile"], null) == null
	some list, containers in pod.containers
	some i, container in containers
	object.get(container, ["securityContext", "seccompProfile"], null) == null
	msg := $"{pod.describe(list, container)} has no seccomp profile, and neither has the Pod"
	field := pod.container_field(list, i, "securityContext.seccompProfile.type")
}

message(who, profile) := $"{who} sets seccomp profile {profile_type(profile)}; it must be RuntimeDefault or Localhost"

forbidden(profile) if {
	profile != null
	not profile_type(profile) in allowed
}

# Whatever has no type is no allowed profile; the API server reads it as an empty string.
profile_type(profile) := object.get(profile, "type", null) if is_object(profile)

profile_type(profile) := null if not is_object(profile)
