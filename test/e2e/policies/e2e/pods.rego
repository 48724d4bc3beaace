# METADATA
# scope: package
# title: Pods that are refused
# custom:
#   enforcement: deny
#   match:
#     resources: [pods]
#     operations: [CREATE]
package e2e.pods

# Nothing asks about the Deployment that such a Pod comes from.
deny contains {"msg": $"{input.request.userInfo.username} may not create it"} if {
	input.request.object.metadata.labels.refused
}
