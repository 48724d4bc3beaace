# METADATA
# scope: package
# title: ConfigMaps that are protected
# custom:
#   enforcement: deny
#   match:
#     resources: [configmaps]
#     operations: [CREATE, UPDATE, DELETE]
package e2e.config_maps

deny contains {"msg": "data.forbidden must not be set", "field": "data.forbidden"} if {
	input.request.object.data.forbidden
}

# Needs both versions of an object in one request.
deny contains {"msg": "data.frozen must not change", "field": "data.frozen"} if {
	input.request.operation == "UPDATE"
	input.request.object.data.frozen != input.request.oldObject.data.frozen
}

# With `deletecollection` the request has no name: only the old object tells it.
deny contains {"msg": $"{name} is kept"} if {
	input.request.operation == "DELETE"
	input.request.oldObject.metadata.labels.keep
	name := input.request.oldObject.metadata.name
}
