# METADATA
# scope: package
# title: Scale of Deployments
# custom:
#   enforcement: deny
#   match:
#     resources: [deployments.apps/scale]
#     operations: [UPDATE]
package e2e.scale

deny contains {"msg": $"{replicas} replicas are more than 10", "field": "spec.replicas"} if {
	input.request.kind.kind == "Scale"
	replicas := input.request.object.spec.replicas
	replicas > 10
}
