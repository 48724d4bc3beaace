# METADATA
# scope: package
# title: Sizes of Widgets
# custom:
#   enforcement: deny
#   match:
#     resources: [widgets.e2e.portcullis.dev]
#     operations: [CREATE, UPDATE]
package e2e.widgets

# 2^53 + 1: as a double it would be 2^53.
largest := 9007199254740993

deny contains {"msg": $"the size {size} is above {largest}", "field": "spec.size"} if {
	size := input.request.object.spec.size
	size > largest
}

patch contains {"op": "default", "path": "/metadata/labels/seen", "value": "yes"}
