# METADATA
# scope: package
# title: Required labels
# description: |
#   Workloads and namespaces carry the labels by which costs, dashboards and on-call teams find their owner.
#
#   Only what people write is read: an object whose `metadata.ownerReferences` name a controller that makes such objects
#   (a Pod of a ReplicaSet, a Job of a CronJob, anything of a custom resource) has its labels from its owner, and an
#   object that is being deleted is let go. Owner references are the writer's word, so this policy guides people; it
#   does not stop those who mean to deceive.
#
#   Restricted fields: `metadata.labels`
#
#   Allowed values: each required label is set and not empty; where a `pattern` is given, the whole value matches it,
#   so that `web|api` allows `web` but not `webshop`.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
#     description: Recommended labels
# custom:
#   severity: low
#   category: Labels
#   enforcement: warn
#   match:
#     resources:
#       - namespaces
#       - pods
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
#       labels:
#         description: Labels that workloads must have.
#         type: array
#         items: &label
#           type: object
#           additionalProperties: false
#           required: [key]
#           properties:
#             key:
#               description: The label's key, e.g. `app.kubernetes.io/name`.
#               type: string
#             pattern:
#               description: A regular expression (RE2) that the whole value must match.
#               type: string
#         default:
#           - key: app.kubernetes.io/name
#           - key: team
#           - key: cost-center
#       namespaceLabels:
#         description: Labels that namespaces must have.
#         type: array
#         items: *label
#         default:
#           - key: team
#           - key: cost-center
#   remediation: Add the label to metadata.labels of the object itself; its pod template is not read.
package labels.required

import data.lib.field
import data.lib.owner

deny contains {"msg": msg, "field": path(label)} if {
	some label in expected
	value(label) in {null, ""}
	msg := $"label {label.key} is missing or empty"
}

deny contains {"msg": msg, "field": path(label)} if {
	some label in expected
	not value(label) in {null, ""}
	valid(label.pattern)
	not regex.match(anchored(label.pattern), value(label))
	msg := $"label {label.key} is {value(label)}, but must match {label.pattern} from beginning to end"
}

# A pattern that cannot be read must not let every value pass.
deny contains {"msg": msg, "field": path(label), "remediation": "Correct the pattern in the PolicyBinding."} if {
	some label in expected
	pattern := label.pattern
	not valid(pattern)
	msg := $"label {label.key} cannot be checked: the parameter pattern {pattern} is no regular expression"
}

expected := input.parameters.namespaceLabels if {
	input.request.object.kind == "Namespace"
	not exempt
}

expected := input.parameters.labels if {
	input.request.object.kind != "Namespace"
	not exempt
}

exempt if owner.controlled

# Whoever removes the last finalizer cannot add labels.
exempt if object.get(input.request.object, ["metadata", "deletionTimestamp"], null) != null

value(label) := object.get(input.request.object, ["metadata", "labels", label.key], null)

path(label) := field.join("metadata.labels", label.key)

# Alone as well as anchored: `a)|(b` is no expression, but closes the group around it.
valid(pattern) if {
	regex.is_valid(pattern)
	regex.is_valid(anchored(pattern))
}

anchored(pattern) := $"^(?:{pattern})$"
