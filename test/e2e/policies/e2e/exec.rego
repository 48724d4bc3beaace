# METADATA
# scope: package
# title: Commands in Pods
# custom:
#   enforcement: deny
#   match:
#     resources: [pods/exec]
#     operations: [CONNECT]
package e2e.exec

deny contains {"msg": $"nobody may run sh in {input.request.name}"} if {
	input.request.object.command[0] == "sh"
}
