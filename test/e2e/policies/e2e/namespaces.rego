# METADATA
# scope: package
# title: Colours of Namespaces
# custom:
#   enforcement: deny
#   match:
#     resources: [namespaces]
#     operations: [CREATE, UPDATE]
package e2e.namespaces

deny contains {"msg": "a Namespace must not be red", "field": "metadata.labels.color"} if {
	input.request.object.metadata.labels.color == "red"
}
