# METADATA
# scope: package
# title: A seccomp profile is set
# description: |
#   Seccomp profile must be explicitly set to one of the allowed values. Both the Unconfined profile and the absence of
#   a profile are prohibited. The check `seccompProfile_restricted`, from v1.19; Windows Pods (`spec.os.name: windows`)
#   are exempt from v1.25.
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
#   remediation: Set securityContext.seccompProfile.type to RuntimeDefault in the pod spec.
package pod_security.seccomp_restricted

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
	applies
	profile := pod.spec.securityContext.seccompProfile
	forbidden(profile)
	msg := message("the Pod", profile)
	field := $"{pod.field}.securityContext.seccompProfile.type"
	details := {"type": pod_security.profile_type(profile)}
}

violations contains {"msg": msg, "field": field, "details": details} if {
	applies
	some list, containers in pod.containers
	some i, container in containers
	profile := container.securityContext.seccompProfile
	forbidden(profile)
	msg := message(pod.describe(list, container), profile)
	field := pod.container_field(list, i, "securityContext.seccompProfile.type")
	details := {"type": pod_security.profile_type(profile)}
}

violations contains {"msg": msg, "field": field} if {
	applies
	not has_profile(pod.spec)
	some list, containers in pod.containers
	some i, container in containers
	not has_profile(container)
	msg := $"{pod.describe(list, container)} has no seccomp profile, and neither has the Pod"
	field := pod.container_field(list, i, "securityContext.seccompProfile.type")
}

has_profile(spec) if spec.securityContext.seccompProfile != null

applies if {
	pod_security.restricted
	pod_security.minor >= 19
	not exempt
}

exempt if {
	pod_security.minor >= 25
	pod.windows
}

message(who, profile) := $"{who} sets seccomp profile {type}; it must be RuntimeDefault or Localhost" if {
	type := pod_security.profile_type(profile)
}

forbidden(profile) if {
	profile != null
	not pod_security.profile_type(profile) in {"RuntimeDefault", "Localhost"}
}
