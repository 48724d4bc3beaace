# METADATA
# scope: package
# title: Seccomp profile by default
# description: |
#   Pods without a seccomp profile get one, so that containers cannot make the system calls that the runtime's profile
#   forbids. What containers say for themselves stays as it is.
#
#   Sets: `seccompProfile` in `spec.securityContext` to `RuntimeDefault`, or to a profile on the node if the parameters
#   name one.
#
#   When: the Pod has none of its own. Pods are changed while they are created only, and pod templates of what a
#   controller made are left alone. Windows Pods (`spec.os.name: windows`) cannot have a profile; privileged containers
#   run without one whatever is set.
#
#   What needs system calls that the runtime's profile forbids (profilers, builders without root, io_uring) then fails: give
#   it a profile of its own, or count what would change with a PolicyBinding of `enforcement: audit` first.
# related_resources:
#   - ref: https://kubernetes.io/docs/tutorials/security/seccomp/
#     description: Restrict a container's syscalls with seccomp
# custom:
#   severity: medium
#   category: Defaults
#   enforcement: warn
#   match:
#     resources:
#       - pods
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
#       localhostProfile:
#         description: |-
#           A profile of type Localhost: a file below the kubelet's folder `seccomp`, on every node. Without it the type
#           is RuntimeDefault.
#         type: string
#         minLength: 1
#   remediation: Set securityContext.seccompProfile in the pod spec to have another profile.
package defaults.seccomp

import data.lib.pod
import data.lib.writable

patch contains {
	"op": "default",
	"path": $"{writable.pointer}/securityContext/seccompProfile",
	"value": profile,
} if {
	not pod.windows
	object.get(writable.spec, ["securityContext", "seccompProfile"], null) == null
	writable.takes_members(object.get(writable.spec, "securityContext", null))
}

profile := {"type": "Localhost", "localhostProfile": input.parameters.localhostProfile}

profile := {"type": "RuntimeDefault"} if not input.parameters.localhostProfile
