# METADATA
# scope: package
# title: Maximum number of replicas
# description: |
#   No workload runs more replicas than the parameter allows, whoever asks for them: a manifest, `kubectl scale` or a
#   HorizontalPodAutoscaler.
#
#   Restricted fields: `spec.replicas` of workloads and of their `scale` subresource, `spec.maxReplicas` of a
#   HorizontalPodAutoscaler
#
#   Allowed values: at most the parameter `maximum`. An UPDATE that does not raise the number passes, so that what is
#   too large already can be repaired. A ReplicaSet of a Deployment, and a ReplicaSet or ReplicationController of a
#   custom resource, is judged by its owner; its `metadata.ownerReferences` are the writer's word, so where nobody may
#   ever have more Pods a ResourceQuota has to say so.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#scaling-a-deployment
#     description: Scaling a Deployment
# custom:
#   severity: medium
#   category: Resources
#   enforcement: warn
#   match:
#     resources:
#       - deployments.apps
#       - deployments.apps/scale
#       - statefulsets.apps
#       - statefulsets.apps/scale
#       - replicasets.apps
#       - replicasets.apps/scale
#       - replicationcontrollers
#       - replicationcontrollers/scale
#       - horizontalpodautoscalers.autoscaling
#     operations: [CREATE, UPDATE]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       maximum:
#         description: The largest number of replicas.
#         type: integer
#         minimum: 1
#         default: 20
#   remediation: Ask for fewer replicas, or for a higher maximum in the PolicyBinding.
package resources.maximum_replicas

import data.lib.owner

deny contains {"msg": msg, "field": $"spec.{name}"} if {
	replicas := replicas_of(input.request.object)
	replicas > input.parameters.maximum
	not made_by_controller
	not lowered(replicas)
	msg := $"{name} is {replicas}, above the maximum of {input.parameters.maximum}"
}

name := object.get({"HorizontalPodAutoscaler": "maxReplicas"}, input.request.object.kind, "replicas")

replicas_of(workload) := workload.spec[name] if is_number(workload.spec[name])

# A rollout runs a few Pods more than its Deployment has replicas.
made_by_controller if {
	input.request.object.kind in {"ReplicaSet", "ReplicationController"}
	owner.controlled
}

lowered(replicas) if {
	input.request.operation == "UPDATE"
	replicas <= replicas_of(input.request.oldObject)

	# The same object twice is a manifest that is evaluated as an UPDATE.
	input.request.object != input.request.oldObject
}
