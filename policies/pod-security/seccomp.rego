# METADATA
# scope: package
# title: No seccomp profiles other than RuntimeDefault and Localhost
# description: |
#   Seccomp profile must not be explicitly set to Unconfined. The check `seccompProfile_baseline`, in every version;
#   with the level restricted replaced by `seccomp-restricted` from v1.19.
#
#   Restricted fields, from v1.19: `seccompProfile.type` in `spec.securityContext` and in the `securityContext` of
#   `spec.containers[*]`, `spec.initContainers[*]` and `spec.ephemeralContainers[*]`
#
#   Allowed values: unset, RuntimeDefault, Localhost
#
#   Restricted fields, before v1.19: `metadata.annotations["seccomp.security.alpha.kubernetes.io/pod"]` and
#   `metadata.annotations["container.seccomp.security.alpha.kubernetes.io/*"]` for the names of containers
#
#   Allowed values: unset, `runtime/default`, `docker/default`, `localhost/*`
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
#   remediation: Remove the profile, or set securityContext.seccompProfile.type to RuntimeDefault.
package pod_security.seccomp

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
	reads_fields
	profile := pod.spec.securityContext.seccompProfile
	forbidden(profile)
	msg := message("the Pod", profile)
	field := $"{pod.field}.securityContext.seccompProfile.type"
	details := {"type": pod_security.profile_type(profile)}
}

violations contains {"msg": msg, "field": field, "details": details} if {
	reads_fields
	some list, containers in pod.containers
	some i, container in containers
	profile := container.securityContext.seccompProfile
	forbidden(profile)
	msg := message(pod.describe(list, container), profile)
	field := pod.container_field(list, i, "securityContext.seccompProfile.type")
	details := {"type": pod_security.profile_type(profile)}
}

violations contains {"msg": msg, "field": field, "details": details} if {
	pod_security.minor < 19
	some key in annotation_keys
	profile := pod.annotations[key]
	not profile in {"runtime/default", "docker/default"}
	not startswith(profile, "localhost/")
	allowed := "runtime/default, docker/default or localhost/*"
	msg := $"the annotation {key} sets seccomp profile {profile}; it must be {allowed}"
	field := pod.annotation_field(key)
	details := {"annotation": key, "profile": profile}
}

reads_fields if {
	pod_security.minor >= 19
	pod_security.level != "restricted"
}

annotation_keys contains "seccomp.security.alpha.kubernetes.io/pod"

annotation_keys contains $"container.seccomp.security.alpha.kubernetes.io/{name}" if some name in pod.container_names

message(who, profile) := $"{who} sets seccomp profile {type}; it must be RuntimeDefault or Localhost" if {
	type := pod_security.profile_type(profile)
}

forbidden(profile) if {
	profile != null
	not pod_security.profile_type(profile) in {"RuntimeDefault", "Localhost"}
}
