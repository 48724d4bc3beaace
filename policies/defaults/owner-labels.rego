# METADATA
# scope: package
# title: Labels of the owner from the namespace
# description: |
#   Workloads and Pods get the labels by which costs, dashboards and on-call teams find their owner from their namespace,
#   so that people write them once.
#
#   Sets: each label of the parameters that the namespace has, in `metadata.labels` of the object itself. Pod templates
#   and selectors are left alone: every Pod gets its labels while it is created.
#
#   When: the object has no label of that key; one that is set, even to nothing, stays. Pods while they are created,
#   whoever made them; other objects that a controller made are left alone. Where the Namespace is not known, nothing is
#   set. A selector that uses one of these keys, of a Service or a NetworkPolicy, selects the Pods with the added label
#   too.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
#     description: Recommended labels
# custom:
#   severity: low
#   category: Defaults
#   enforcement: warn
#   match:
#     resources:
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
#         description: Keys of the labels; by default those that `labels/required` asks of namespaces.
#         type: array
#         items: {type: string}
#         default: [team, cost-center]
#   remediation: Set the label on the Namespace, or on the object to have another value.
package defaults.owner_labels

import data.lib.owner
import data.lib.writable

patch contains {"op": "default", "path": $"/metadata/labels/{writable.token(key)}", "value": value} if {
	labelled
	some key in input.parameters.labels
	value := input.namespaceObject.metadata.labels[key]
	value != ""
	object.get(input.request.object, ["metadata", "labels", key], null) == null
}

labelled if {
	input.request.object.kind == "Pod"
	input.request.operation == "CREATE"
	has_place
}

labelled if {
	input.request.object.kind != "Pod"
	not owner.controlled
	has_place
}

has_place if {
	writable.takes_members(object.get(input.request.object, "metadata", null))
	writable.takes_members(object.get(input.request.object, ["metadata", "labels"], null))
}
