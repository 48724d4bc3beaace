# METADATA
# scope: package
# title: Images have a tag that stays
# description: |
#   `latest` is another image every day: Pods of one workload run different versions, and nobody can go back to the one
#   before. A digest names one image for ever.
#
#   Restricted fields: `image` of `spec.containers[*]`, `spec.initContainers[*]` and `spec.ephemeralContainers[*]`,
#   `image.reference` of `spec.volumes[*]`
#
#   Allowed values: a digest (the tag beside it is not read); unless the parameters ask for a digest, a tag other than
#   `latest`. No tag means `latest`.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/containers/images/#image-names
#     description: Image names
# custom:
#   severity: medium
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
#       digest:
#         description: Whether every image must have a digest.
#         type: boolean
#         default: false
#   remediation: Name the image with a tag of its version, or with its digest.
package images.tag

import data.lib.image

deny contains {"msg": $"{use.who} has image {use.image}, {fault}", "field": use.field} if {
	some use in image.uses
	fault := faults[use.image]
}

faults[name] := "which is no valid image name" if {
	some name in {use.image | some use in image.uses}
	not image.references[name]
}

faults[name] := "which has no digest" if {
	input.parameters.digest
	some name, reference in image.references
	reference.digest == ""
}

faults[name] := lasting[reference.tag] if {
	not input.parameters.digest
	some name, reference in image.references
	reference.digest == ""
}

lasting := {"": "which has no tag, so that it means latest", "latest": "whose tag is latest"}
