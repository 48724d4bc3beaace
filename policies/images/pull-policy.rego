# METADATA
# scope: package
# title: Image pull policy
# description: |
#   With `Always` a node asks the registry each time a container starts, with the Pod's own credentials: nobody runs a
#   private image that another team has pulled, or an old one behind a tag that moved. It downloads only what is new, but
#   no container starts while the registry is away.
#
#   Sets: `imagePullPolicy` of `spec.containers[*]`, `spec.initContainers[*]` and of `spec.ephemeralContainers[*]` that
#   are added, and `image.pullPolicy` of `spec.volumes[*]`, to the `policy` of the parameters.
#
#   When: it is one of those that the parameters name in `overwrite`, in a Pod that is created or in the pod template of
#   what no controller made. The API server fills in an absent policy before it asks anybody (`Always` for the tag `latest`
#   or none, else `IfNotPresent`), so what an author wrote and what was filled in cannot be told apart: this policy
#   overwrites, it cannot fill in. An absent one, in a manifest, counts as what would be filled in.
#
#   Off until a binding turns it on, because images that were only loaded onto the nodes, as `kind load` does, would not
#   start any more: the enforcement `audit` counts and records what would be set, `warn` or `deny` in a PolicyBinding for
#   `images/pull-policy` sets it. By default it then does what Kubernetes' admission plugin AlwaysPullImages does. Where
#   that plugin is on, no other policy may be set: it rejects the Pod.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy
#     description: Image pull policy
#   - ref: https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#alwayspullimages
#     description: AlwaysPullImages
# custom:
#   severity: medium
#   category: Images
#   enforcement: audit
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
#       policy:
#         description: The pull policy that is set, Always, IfNotPresent or Never.
#         type: string
#         enum: [Always, IfNotPresent, Never]
#         default: Always
#       overwrite:
#         description: The pull policies that give way to it.
#         type: array
#         items: {type: string, enum: [Always, IfNotPresent, Never]}
#         default: [IfNotPresent, Never]
#   remediation: Set the pull policy that the platform asks for.
package images.pull_policy

import data.lib.image
import data.lib.pod
import data.lib.writable

patch contains {"op": "add", "path": path, "value": input.parameters.policy} if {
	writable.spec
	some list, containers in pod.containers
	some i, container in containers
	gives_way(object.get(container, "imagePullPolicy", null), object.get(container, "image", null))
	path := writable.container_pointer(list, i, "imagePullPolicy")
}

patch contains {"op": "add", "path": path, "value": input.parameters.policy} if {
	some i, volume in writable.spec.volumes
	gives_way(object.get(volume.image, "pullPolicy", null), object.get(volume.image, "reference", null))
	path := $"{writable.pointer}/volumes/{i}/image/pullPolicy"
}

# Ephemeral containers come by an UPDATE of the Pod, and those that are there cannot be changed.
patch contains {"op": "add", "path": path, "value": input.parameters.policy} if {
	input.request.object.kind == "Pod"
	some i, container in pod.containers.ephemeralContainers
	not container.name in old_names
	gives_way(object.get(container, "imagePullPolicy", null), object.get(container, "image", null))
	path := writable.container_pointer("ephemeralContainers", i, "imagePullPolicy")
}

old_names contains container.name if some container in input.request.oldObject.spec.ephemeralContainers

gives_way(given, reference) if {
	current := effective(given, reference)
	current != input.parameters.policy
	current in input.parameters.overwrite
}

# What the API server makes of it; it fills in nothing else for an image that it cannot read.
effective(given, reference) := given if {
	not given in {"", null}
} else := "Always" if {
	latest(reference)
} else := "IfNotPresent"

# The API server reads the tag even beside a digest.
latest(reference) if image.parse(reference).tag == "latest"

latest(reference) if {
	read := image.parse(reference)
	read.tag == ""
	read.digest == ""
}
