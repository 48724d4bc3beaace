# METADATA
# scope: package
# title: No AppArmor profiles other than RuntimeDefault and Localhost
# description: |
#   On supported hosts, the RuntimeDefault AppArmor profile is applied by default. The baseline policy should prevent
#   overriding or disabling the default AppArmor profile, or restrict overrides to an allowed set of profiles. The check
#   `appArmorProfile`, in every version.
#
#   Restricted fields: `appArmorProfile.type` in `spec.securityContext` and in the `securityContext` of
#   `spec.containers[*]`, `spec.initContainers[*]` and `spec.ephemeralContainers[*]`
#
#   Allowed values: unset, RuntimeDefault, Localhost
#
#   Restricted fields: `metadata.annotations["container.apparmor.security.beta.kubernetes.io/*"]`
#
#   Allowed values: unset, empty, `runtime/default`, `localhost/*`
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
#   remediation: Remove the profile, or set appArmorProfile.type to RuntimeDefault or Localhost.
package pod_security.app_armor

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
	profile := pod.spec.securityContext.appArmorProfile
	forbidden(profile)
	msg := message("the Pod", profile)
	field := $"{pod.field}.securityContext.appArmorProfile.type"
	details := {"type": pod_security.profile_type(profile)}
}

violations contains {"msg": msg, "field": field, "details": details} if {
	some list, containers in pod.containers
	some i, container in containers
	profile := container.securityContext.appArmorProfile
	forbidden(profile)
	msg := message(pod.describe(list, container), profile)
	field := pod.container_field(list, i, "securityContext.appArmorProfile.type")
	details := {"type": pod_security.profile_type(profile)}
}

violations contains {"msg": msg, "field": field, "details": details} if {
	some key, profile in pod.annotations
	startswith(key, prefix)
	not profile in {"", "runtime/default", null}
	not startswith(profile, "localhost/")
	who := $"the annotation for container \"{trim_prefix(key, prefix)}\""
	msg := $"{who} sets AppArmor profile {profile}; it must be runtime/default or localhost/*"
	field := pod.annotation_field(key)
	details := {"annotation": key, "profile": profile}
}

prefix := "container.apparmor.security.beta.kubernetes.io/"

message(who, profile) := $"{who} sets AppArmor profile {type}; it must be RuntimeDefault or Localhost" if {
	type := pod_security.profile_type(profile)
}

forbidden(profile) if {
	profile != null
	not pod_security.profile_type(profile) in {"RuntimeDefault", "Localhost"}
}
