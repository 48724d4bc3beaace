# METADATA
# scope: package
# title: Images come from allowed registries
# description: |
#   Nodes run nothing but what was published where the parameters allow it.
#
#   Restricted fields: `image` of `spec.containers[*]`, `spec.initContainers[*]` and `spec.ephemeralContainers[*]`,
#   `image.reference` of `spec.volumes[*]`
#
#   Allowed values: images below one of `registries`, compared part by part as the whole name that runtimes make of it:
#   `nginx` is `docker.io/library/nginx`, and `ghcr.io/my-org` allows `ghcr.io/my-org/web` but not
#   `ghcr.io/my-org-evil/web`. Nodes with CRI-O may look for names without a registry elsewhere. Only a binding can know
#   the registries: without them the policy checks nothing.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/containers/images/#image-names
#     description: Image names
# custom:
#   severity: high
#   category: Images
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
#       registries:
#         description: |-
#           Registries, or places in them, e.g. `docker.io/library`, `ghcr.io/my-org`, `registry.example.com:5000`;
#           `*.example.com` stands for every host one level below.
#         type: array
#         minItems: 1
#         items:
#           type: string
#           pattern: '^(localhost(:[0-9]+)?|\*(\.[A-Za-z0-9-]+){2,}(:[0-9]+)?|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:[0-9]+)?|[A-Za-z0-9-]+:[0-9]+|\[[A-Fa-f0-9:]+\](:[0-9]+)?)(/[a-z0-9._-]+)*$'
#   remediation: Publish the image in an allowed registry and name it from there.
package images.allowed_registries

import data.lib.image

deny contains {"msg": msg, "field": use.field} if {
	registries := input.parameters.registries
	some use in image.uses
	reference := image.references[use.image]
	not image.within(reference, registries)
	name := $"{reference.registry}/{reference.repository}"
	msg := $"{use.who} has image {use.image}{reading(use.image, name)}; allowed are {allowed}"
}

# What cannot be read must not pass.
deny contains {"msg": msg, "field": use.field} if {
	allowed
	some use in image.uses
	not image.references[use.image]
	msg := $"{use.who} has image {use.image}, which is no valid image name; allowed are {allowed}"
}

reading(written, name) := "" if startswith(written, name)

reading(written, name) := $", which is {name}" if not startswith(written, name)

allowed := concat(", ", sort(input.parameters.registries))
