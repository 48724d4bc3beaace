# METADATA
# scope: package
# title: No SELinux user, role or type of their own
# description: |
#   Setting the SELinux type is restricted, and setting a custom SELinux user or role option is forbidden. The check
#   `seLinuxOptions`, in every version; container_engine_t is allowed from v1.31.
#
#   Restricted fields: `seLinuxOptions.type`, `seLinuxOptions.user` and `seLinuxOptions.role` in `spec.securityContext`
#   and in the `securityContext` of `spec.containers[*]`, `spec.initContainers[*]` and `spec.ephemeralContainers[*]`
#
#   Allowed values: `type` unset, empty, container_t, container_init_t, container_kvm_t or container_engine_t; `user`
#   and `role` unset or empty
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
#   remediation: Remove seLinuxOptions, or leave in it what is allowed.
package pod_security.selinux_options

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

violations contains {"msg": msg, "field": field, "details": {"option": name, "value": value}} if {
	options := pod.spec.securityContext.seLinuxOptions
	some name, allowed in allowed_values
	value := options[name]
	not value in allowed
	msg := $"the Pod sets SELinux {name} {value}, which is not allowed"
	field := $"{pod.field}.securityContext.seLinuxOptions.{name}"
}

violations contains {"msg": msg, "field": field, "details": {"option": name, "value": value}} if {
	some list, containers in pod.containers
	some i, container in containers
	options := container.securityContext.seLinuxOptions
	some name, allowed in allowed_values
	value := options[name]
	not value in allowed
	msg := $"{pod.describe(list, container)} sets SELinux {name} {value}, which is not allowed"
	field := pod.container_field(list, i, $"securityContext.seLinuxOptions.{name}")
}

allowed_values := {"type": types, "user": {"", null}, "role": {"", null}}

types contains type if some type in {"", null, "container_t", "container_init_t", "container_kvm_t"}

types contains "container_engine_t" if pod_security.minor >= 31
